"""Calls that models write as text: each is read, and no word of it is spoken."""

from collections.abc import Collection

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.speech.reply.blocks import CUT
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.tool_calls.arguments import keywords_in, name_in, object_in
from agents.speech.tool_calls.signs import Sign, sign_of
from agents.speech.tool_calls.written import MOST_CALLS, WrittenCall, calls_in
from testing.odd_answers.chat_tools import NAME
from testing.odd_answers.written_calls import CALLS, NO_CALLS

TOOLS = (NAME, "take_message", "hang_up")
SAID = "One moment. "
UNSURE = (
    "apertus", "functionary", "react", "mistral_later", "kimi_bare", "harmony_bare", "qwen_flowers",
)  # fmt: skip


def read(
    text: str, size: int = 10_000, tools: Collection[str] = TOOLS
) -> tuple[str, tuple[WrittenCall, ...]]:
    """What is spoken of `text`, which comes in pieces of that size, and what it calls."""
    pieces, said = ReplyPieces("en", tools=tools), []
    for start in range(0, len(text), size):
        said += pieces.push(text[start : start + size])
    said += pieces.flush()
    return "".join(said).strip(), pieces.calls()


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_read_in_whatever_form_it_is_written_and_never_spoken(name, size):
    call = WrittenCall(NAME, '{"day":"Monday"}')
    assert read(CALLS[name], size) == ("", (call,))
    if name != "behind_thoughts":
        assert read(SAID + CALLS[name], size) == (SAID.strip(), (call,))


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("name", NO_CALLS)
def test_who_speaks_of_tools_calls_none_and_is_heard(name, size):
    said, calls = read(NO_CALLS[name], size)
    assert calls == ()
    words = NO_CALLS[name].rpartition("</think>")[2]
    assert said.rstrip(".").split()[-1] in words


def test_several_calls_are_read_in_their_order_and_one_that_is_repeated_once():
    one, two = f'{NAME}(day="Monday")', "take_message(text='It is (very) late', number=\"12)\")"
    _, calls = read(f"[{one}, {two}, {one}]")
    assert [call.name for call in calls] == [NAME, "take_message"]
    assert calls[1].arguments == '{"text":"It is (very) late","number":"12)"}'
    many = "".join(f'<function={NAME}>{{"at": {at}}}</function>' for at in range(50))
    assert len(calls_in(many, TOOLS)) == MOST_CALLS


SPOKEN_OF = (
    "I will use the tool hang_up when we are done.",
    "I could use the tool cancel_order for that, shall I?",
    "I'd have to call cancel_order() first.",
    "Our next action: cancel_order, if you agree.",
    "The <b>hang_up</b> tool ends the call. I call: hang_up then.",
    "It is one of my tools. hang_up() ends the call.",
    "I have cancel_order (which you asked for) here.",
    'cancel_order() {"response": "Yes."} is what I would press [1] for.',
    "I could name cancel_order, with your order, and then hang_up.",
)
TOLD = ("hang_up", "cancel_order")


@pytest.mark.parametrize("size", [1, 999])
@pytest.mark.parametrize("text", SPOKEN_OF)
def test_a_tool_that_is_only_spoken_of_is_not_run_and_is_heard(text, size):
    said, calls = read(text, size, TOLD)
    assert calls == ()
    names = [name for name in TOLD if name in text]
    assert all(name in said for name in names)


@pytest.mark.parametrize(
    "text",
    [
        "Done! cancel_order()",
        "Done!\nAction: cancel_order\n",
        "Done! <function=cancel_order></function>",
        "Done! <tool_call>cancel_order</tool_call>",
        "Done! print(cancel_order())",
        "Done! to=functions.cancel_order",
        'Done! {"name": "cancel_order"}',
        "Done! [cancel_order()]",
    ],
)
def test_a_call_without_arguments_is_run_where_a_mark_or_its_place_shows_it(text):
    for size in (1, 999):
        assert read(text, size, TOLD) == ("Done!", (WrittenCall("cancel_order", "{}"),))


PROSE = ("I call", "the tool", "Done.", "action:", "\n", ",", "(", "first.", "<b>", "Tool: ")
BARE = (
    NAME,
    f"{NAME}()",
    f'{NAME}({{"a": 1}})',
    f"{NAME}({{a: 1}})",
    f"{NAME}('Monday')",
    f"{NAME} (",
    f"{NAME}:",
    f'{NAME}{{"a": 1}}',
)


@given(
    st.lists(st.sampled_from([*PROSE, *BARE, *CALLS.values(), *NO_CALLS.values()]), max_size=6),
    st.sampled_from([1, 2, 7]),
)
@example([f'{NAME}{{"a": 1}}', "I call", '{"response": "At nine."}'], 1)
@example(["Tool: ", f'{NAME}{{"a": 1}}', "I call"], 2)
def test_of_a_name_that_is_spoken_nothing_is_run_however_the_words_are_cut(parts, size):
    text = " ".join(parts)
    said, calls = read(text)
    assert read(text, size) == (said, calls)
    if calls:
        assert said.count(NAME) < text.count(NAME)


@given(st.sampled_from(PROSE), st.sampled_from([*BARE, *CALLS.values()]), st.sampled_from(PROSE))
def test_one_call_among_words_is_either_run_or_spoken(before, call, behind):
    if call == CALLS["behind_thoughts"]:
        return
    said, calls = read(f"Hm, {before} {call} {behind} well")
    assert not (calls and NAME in said)


@pytest.mark.parametrize("call", [f'{NAME}("Monday")', f"{NAME}(day=today)", f"{NAME}(a, b)"])
def test_arguments_that_cannot_be_read_are_passed_on_for_the_model_to_be_told(call):
    assert read(call) == ("", (WrittenCall(NAME, call.removeprefix(NAME)),))


def test_arguments_of_a_tag_or_key_that_cannot_be_read_are_passed_on_too():
    assert calls_in(f"<function={NAME}>{{day: today}}", TOOLS)[0].arguments == "{day: today}"
    written = f'{{"name": "{NAME}", "arguments": "on Monday"}}'
    assert calls_in(written, TOOLS)[0].arguments == "on Monday"


@pytest.mark.parametrize("size", [1, 999])
def test_what_follows_a_call_is_heard_whatever_its_quotes_are(size):
    escaped = "take_message(text='The caller\\'s dog') Done. Anything else?"
    said, calls = read(escaped, size)
    message = WrittenCall("take_message", '{"text":"The caller\'s dog"}')
    assert (said, calls) == ("Done. Anything else?", (message,))
    said, _ = read("take_message(text='The caller's dog)\nAnything else?", size)
    assert said == "Anything else?"


@pytest.mark.parametrize("size", [1, 500, 9_999])
def test_an_object_is_kept_as_long_as_its_arguments_are_read_and_a_cut_one_is_noted(size):
    def pieces_of(length: int) -> ReplyPieces:
        pieces = ReplyPieces("en", tools=TOOLS)
        text = f'{{"name": "{NAME}", "arguments": {{"day": "{"x" * length}"}}}} Done.'
        for start in range(0, len(text), size):
            pieces.push(text[start : start + size])
        pieces.flush()
        return pieces

    whole, cut = pieces_of(7_900), pieces_of(9_000)
    assert whole.calls() == (WrittenCall(NAME, f'{{"day":"{"x" * 7_900}"}}'),)
    assert (CUT in whole.removed, CUT in cut.removed) == (False, True)
    assert [call.arguments[:9] for call in cut.calls()] == ['{"day": "']  # its reader refuses it


WORDS = (
    "Our hours (Monday to Friday) are nine to five.",
    "Our hours(Monday to Friday) are nine to five.",
    "The <b>hours</b> are long. Name: hours. hours: nine",
    '{"response": "At nine.", "hours": {"monday": 9}}',
    '{"name": "hours", "value": 9}',
)


@pytest.mark.parametrize("text", WORDS)
def test_a_word_that_is_the_name_of_a_tool_calls_nothing_and_is_said(text):
    for size in (1, 999):
        pieces, said = ReplyPieces("en", tools=("hours",)), []
        for start in range(0, len(text), size):
            said += pieces.push(text[start : start + size])
        said += pieces.flush()
        assert pieces.calls() == ()
        assert ("hours" in "".join(said)) is (text[0] != "{")


@pytest.mark.parametrize("name", CALLS)
def test_a_call_by_such_a_name_is_read_where_it_is_surely_one(name):
    pieces = ReplyPieces("en", tools=("hours",))
    said = pieces.push(CALLS[name].replace(NAME, "hours")) + pieces.flush()
    if name not in UNSURE:
        assert (pieces.calls(), said) == ((WrittenCall("hours", '{"day":"Monday"}'),), [])


def test_tools_that_were_not_offered_are_not_called():
    said, calls = read('<tool_call>{"name": "delete_all", "arguments": {}}</tool_call>')
    assert (said, calls) == ("", ())


@given(st.lists(st.sampled_from([*CALLS.values(), *NO_CALLS.values(), "{", "(", '"', "<", NAME])))
def test_whatever_is_written_raises_nothing(parts):
    text = " ".join(parts)
    for size in (7, 10_000):
        _, calls = read(text, size)
        assert all(call.name in TOOLS for call in calls)


@given(st.text(alphabet="{}[]()\"':,\\aday 1<>|=", max_size=60))
def test_arguments_that_are_none_raise_nothing(text):
    object_in(text), keywords_in(text), name_in(text)
    object_in("{" + text), keywords_in("(" + text), calls_in(f"{NAME}{text}", TOOLS)


def test_what_is_too_deep_is_no_object():
    assert object_in("[" * 5_000) is None
    assert object_in('{"a":' * 5_000) is None
    assert keywords_in("(" * 5_000) is None


def test_a_name_that_can_be_none_is_one_that_no_tool_has():
    assert name_in("two words") == "two_words"
    assert name_in("öffnen") == "ffnen"
    assert name_in(" . ") == ""


def test_an_object_behind_a_bare_name_is_its_arguments_unless_words_follow():
    call = (WrittenCall(NAME, '{"at":{"day":"Monday"}}'),)
    written = f'{NAME} {{"at": {{"day": "Monday"}}}}'
    assert calls_in(written, TOOLS) == call
    assert calls_in(f"{written} is what I would ask", TOOLS) == ()


def test_parameters_between_tags_are_texts_but_for_three_words():
    tags = "".join(
        f"<parameter={name}>{value}</parameter>"
        for name, value in (("day", "12"), ("again", "true"), ("until", "null"))
    )
    [call] = calls_in(f"<function={NAME}>{tags}</function>", TOOLS)
    assert call.arguments == '{"day":"12","again":true,"until":null}'


def test_a_name_within_another_word_is_a_word():
    assert sign_of("the re-", NAME, '(day="Monday")') is Sign.WORD
    assert sign_of("the ", NAME, '(day="Monday")') is Sign.BRACKETS
