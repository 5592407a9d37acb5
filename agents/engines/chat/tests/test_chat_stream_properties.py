"""Whatever bytes a chat endpoint sends: an answer or an EngineError, and no whole word lost."""

import asyncio
import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.chat.json_frames import (
    COMMENT_BYTES,
    LINE_BYTES,
    MOST_FRAMES,
    MOST_LINES,
    MOST_OF_A_LINE,
    JsonFrames,
)
from agents.engines.chat.stream import FRAMES_AT_ONCE, ChatStream
from agents.engines.chat.tests.turns_beside import turns_beside
from agents.engines.model_events import TextDelta
from testing.odd_answers import chat
from testing.odd_answers.chat_bodies import DONE, chunk, frame, stop
from voicex.errors import EngineError, EngineReason

BODIES = {name: odd.body for name, odd in chat.WHOLE.items() if odd.body}
ANY_BODY = {name: odd.body for name, odd in chat.ANSWERS.items() if odd.body}
REPLY = "We open at nine, on 12 Harbour Street. Is that all?"
QUICK = settings(max_examples=250, deadline=None)
CUTS = st.lists(st.integers(0, 3_000), max_size=30)
NO_LINE = st.binary(min_size=1, max_size=12).map(lambda data: data.translate(None, b"\r\n") or b"x")


async def read(pieces):
    """What is said in a body of these pieces, and what went wrong; no task may be left of it."""

    async def body():
        for piece in pieces:
            yield piece

    texts = []
    error = None
    try:
        async for event in ChatStream().events(body()):
            if isinstance(event, TextDelta):
                texts.append(event.text)  # noqa: PERF401  # kept when it fails
    except EngineError as raised:
        error = raised
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return "".join(texts), error


def said(pieces):
    return asyncio.run(read(pieces))


def cut(data, places):
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(places)]


@QUICK
@given(st.sampled_from(sorted(BODIES)), CUTS)
def test_where_the_bytes_are_cut_changes_nothing(name, places):
    whole = b"".join(BODIES[name](REPLY))
    text, error = said(cut(whole, places))
    assert error is None
    assert text.replace("😊", "").rstrip() == REPLY


@st.composite
def numbered_frames(draw):
    """Frames with a word each, some of them damaged or with rubbish before them; whole words."""
    frames, whole = [], []
    for number in range(draw(st.integers(1, 12))):
        event = frame(chunk({"content": f"word{number} "}))
        match draw(st.sampled_from(["whole", "whole", "damaged", "cut", "rubbish", "twice"])):
            case "damaged":
                at = draw(st.integers(6, len(event) - 3))
                event = event[:at] + draw(NO_LINE) + event[at + 1 :]
            case "cut":
                event = event[: draw(st.integers(6, len(event) - 4))] + b"\n\n"
            case "rubbish":
                event = b"data: " + draw(NO_LINE) + b"\n\n" + event
                whole.append(f"word{number} ")
            case "twice":
                event = event[:-2] + b"\n" + frame({"choices": []})
                whole.append(f"word{number} ")
            case _:
                whole.append(f"word{number} ")
        frames.append(event)
    return [*draw(st.permutations(frames)), frame(stop()), DONE], whole


@QUICK
@given(numbered_frames(), CUTS)
def test_a_damaged_frame_does_not_affect_others(made, places):
    frames, whole = made
    text, _ = said(cut(b"".join(frames), places))
    for word in whole:
        assert word in text


@QUICK
@given(
    st.sampled_from(sorted(ANY_BODY)),
    CUTS,
    st.lists(st.tuples(st.integers(0, 3_000), st.binary(max_size=6)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_no_bytes_at_all_raise_anything_but_an_engine_error(name, places, changes, random):
    data = b"".join(ANY_BODY[name](REPLY))
    for place, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + random.randint(0, 6) :]
    pieces = cut(data, places)
    if random.random() < 0.3:
        random.shuffle(pieces)
    text, _ = said(pieces)
    text.encode()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "text", "index", "usage", "error", "type",
             "finish_reason", "prompt_tokens", "done", "response", "role", "code", "refusal"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@QUICK
@given(st.lists(JSON_VALUES, max_size=5))
def test_no_json_at_all_raises_anything_but_an_engine_error(values):
    text, _ = said([b"data: " + json.dumps(value).encode() + b"\n\n" for value in values])
    text.encode()


def test_letters_that_an_old_server_writes_in_one_byte_are_letters():
    event = 'data: {"choices": [{"delta": {"content": "Grüße aus Köln."}}]}\n\n'
    assert said([event.encode("latin-1")]) == ("Grüße aus Köln.", None)
    assert said([event.encode()]) == ("Grüße aus Köln.", None)


def test_a_count_or_a_content_of_many_digits_is_a_number_like_another():
    many = 10**400
    counted = chunk({"content": "Yes."}) | {"usage": {"prompt_tokens": many}}
    text, error = said([frame(counted), frame(chunk({"content": many})), frame(stop()), DONE])
    assert error is None
    assert text == f"Yes.{many}"


def test_words_before_a_too_long_line_are_emitted():
    line = b"data: " + b"x" * (LINE_BYTES + 10)
    text, error = said([frame(chunk({"content": "We open at nine. "})), line])
    assert text.strip() == "We open at nine."
    assert error.reason is EngineReason.UNREADABLE


def test_a_flood_of_comments_behind_a_whole_answer_costs_it_nothing():
    flood = [b": waiting\n" * 6_000] * (2 * COMMENT_BYTES // 60_000)
    assert said([frame(chunk(REPLY)), frame(stop()), *flood]) == (REPLY, None)
    text, error = said([frame(chunk(REPLY)), *flood])  # and one within it is its end
    assert text == REPLY
    assert error is not None


def test_a_line_of_many_values_is_read_to_a_bound():
    for line in (b"[" + b"{}," * 40_000 + b"{}]", b"{}" * 40_000):
        assert len(list(JsonFrames().push(line + b"\n"))) <= MOST_OF_A_LINE
        held = JsonFrames()
        assert not list(held.push(line))
        assert len(list(held.flush())) <= MOST_OF_A_LINE


async def test_between_many_frames_other_calls_get_their_turns():
    frames = 4_000
    answer = frame(chunk({"content": REPLY})) + frame(stop()) + DONE
    turns = await turns_beside([b"data:{}\n" * frames, answer])
    assert turns >= frames // FRAMES_AT_ONCE - 1


def test_an_answer_of_more_frames_or_lines_than_any_has_is_given_up():
    begun = frame(chunk({"content": "We open at nine. "}))
    for line, most in ((b"data:{}\n", MOST_FRAMES), (b"\n", MOST_LINES), (b"id: 1\n", MOST_LINES)):
        text, error = said([begun, *[line * 1_000] * (most // 1_000 + 1)])
        assert text.strip() == "We open at nine."
        assert error.reason is EngineReason.UNREADABLE
