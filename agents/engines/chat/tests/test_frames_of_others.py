"""What frames of other APIs add to an answer, and what refusals of long ones teach."""

import pytest

from agents.engines.access import Access
from agents.engines.chat.answer import ChatAnswer
from agents.engines.chat.json_frames import Frame
from agents.engines.chat.request import ChatRequest
from agents.engines.openai.server_habits import ServerHabits
from testing.clock import Clock


def answer_of(*frames):
    answer = ChatAnswer()
    return "".join(map(answer.take, map(Frame, frames))) + answer.flush()


def test_what_ends_an_answer_does_not_say_it_again():
    response = {"text": {"format": {"type": "text"}}, "output": [{"content": [{"text": "Hi!"}]}]}
    done = (
        {"type": "response.output_text.done", "text": "Hi!"},
        {"type": "response.completed", "response": response},
        {"type": "message_end", "data": {"text": "Hi!"}},
        {"event_type": "stream-end", "response": {"text": "Hi!"}},
    )
    for last in done:
        assert answer_of({"type": "response.output_text.delta", "delta": "Hi!"}, last) == "Hi!"
    assert answer_of(*({"type": "token", "text": each} for each in ("Hi", "!")), *done) == "Hi!"
    assert answer_of(done[0]) == "Hi!"  # nothing came before it


def test_what_ends_an_answer_may_have_its_last_words():
    begun = {"type": "token", "data": {"text": "Hi "}}
    assert answer_of(begun, {"type": "end", "text": "there."}) == "Hi there."
    words = [{"type": "token", "text": each} for each in ("We are open ", "on each day ", "at ")]
    whole = {"type": "end", "text": "We are open on each day at nine."}
    assert answer_of(*words, {"type": "end", "text": "nine."}).endswith("at nine.")
    assert answer_of(*words, {"type": "end", "text": "on each day at"}).count("day") == 1
    assert answer_of(*words, whole).count("day") == 1


@pytest.mark.parametrize(
    ("outer", "is_given"),
    [
        ("dialog", True), ("start", True), ("catalog.delta", True), ("workflow_start", False),
        ("log", False), ("message.log", False), ("messageStart", False), ("LLMUsage", False),
        ("tool_calls", False),
        ("follow_up", False), ("reasoning", False), ("workflow_started", False),
    ],
)  # fmt: skip
def test_the_kind_of_a_frame_tells_by_its_parts_whether_it_has_words(outer, is_given):
    frame = {"event": outer, "data": {"text": "At nine."}}
    assert answer_of(frame) == ("At nine." if is_given else "")


def test_of_a_long_prompt_nothing_is_learned_about_a_number_that_is_named():
    habits = ServerHabits(Clock(0.0))
    for said_so in (
        "'max_tokens' or 'max_completion_tokens' is too large: 500. This model's maximum context "
        "length is 4096 tokens and your request has 3700 input tokens",
        "input length and `max_tokens` exceed context limit: 199000 + 2000 > 200000",
    ):
        request = ChatRequest(
            model="m",
            messages=lambda **_: [{"role": "system", "content": "Be kind."}],
            wanted={"max_tokens": 500},
            habits=habits.of("llm", Access(), "m"),
        )
        assert not request.is_amount_named(said_so)
        assert request.learn(400, said_so) == "max_tokens"  # for this answer, if it is all there is
        assert "max_tokens" not in request.body()
        assert request.confirm() == []
    assert habits.known() == []


def test_what_others_say_in_a_stream_is_no_answer():
    assert answer_of({"role": "user", "content": "When?"}, {"text": "At nine."}) == "At nine."
    begun = {"event": "workflow_started", "data": {"content": "hm"}}
    words = {"event": "message", "data": {"content": "At nine."}}
    assert answer_of(begun, words) == "At nine."
