"""Whatever bytes come through the SDK's socket: words and sound, or one kind of error.

Each draw is a request of an engine over loopback, on a clock that jumps where the server pauses.
`make test` draws a few hundred, `--fuzz-amount 10` two thousand.
"""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from agents.engines.access import Access, Credentials
from agents.engines.model_events import TextDelta
from agents.engines.openai import llm, stt, tts
from agents.engines.openai.server_habits import server_habits
from agents.engines.scripted.engines import tone_mulaw
from testing.engines import settle
from testing.odd_answers import chat
from testing.odd_answers.chat_bodies import DONE, chunk, frame, stop
from testing.providers.torn_server import PassingLoop, TornAnswer, TornServer, answers
from testing.setups import QUESTION, setup
from testing.sound import audio
from testing.sound.wav_files import wav
from voicex.errors import EngineError

pytestmark = pytest.mark.slow

DRAWS = 70  # of each kind, in a run of all tests
MOST_ASKED = 8  # requests that one of ours may become, where a server refuses how it was asked
SAID = "Wir öffnen um neun."
MS = 400
UTTERANCE = tone_mulaw(600)


@pytest.fixture
def fuzzed(request, monkeypatch):
    """Draws of `answers`, each with whether the server is a client's; what is left is checked."""
    amount, drawn_by = request.config.option.fuzz_amount, request.config.option.fuzz_seed
    monkeypatch.setattr(stt.pool, "run", _at_once)

    def fuzz(torn, check):
        @seed(int(drawn_by, 16))
        @settings(
            max_examples=max(1, round(DRAWS * amount)),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(torn, st.booleans())
        def draws(answer, is_of_client):
            runner.run(_asked(server, answer, is_of_client, check))

        with asyncio.Runner(loop_factory=PassingLoop) as runner:
            server = TornServer()
            runner.run(server.__aenter__())
            try:
                draws()
            finally:
                runner.run(server.__aexit__())

    return fuzz


async def _at_once(work, *args):
    return work(*args)


async def _asked(server: TornServer, answer: TornAnswer, is_of_client: bool, check) -> None:
    """Have `check` ask an engine, and see that nothing is left of it."""
    before = asyncio.all_tasks()
    server.answer, server.asked = answer, 0
    access = Access("sk-x", server.url, is_of_client=is_of_client, may_be_private=True)
    server_habits._servers.clear()
    try:
        await check(setup(Credentials({"openai": access})), answer)
        assert server.asked <= MOST_ASKED
    finally:
        await tts.aclose()
        await server.stop()
        await settle()
    assert asyncio.all_tasks() - before == set()


# --- Answers of a model --------------------------------------------------------------------------

WORDS = [f"word{number} " for number in range(9)]
ANSWER = b"".join([*(frame(chunk({"content": word})) for word in WORDS), frame(stop()), DONE])
ODD_BODIES = [b"".join(odd.body(SAID)) for odd in chat.ANSWERS.values() if odd.body]


async def reply(made_from) -> tuple[str, EngineError | None]:
    """The words of an answer, and the error at its end."""
    words = []
    try:
        async for event in llm.make_llm(made_from).reply(QUESTION):
            if isinstance(event, TextDelta):
                words.append(event.text)  # noqa: PERF401  # kept when it fails
    except EngineError as error:
        return "".join(words), error
    return "".join(words), None


def test_no_word_is_lost_that_came_whole(fuzzed):
    async def check(made_from, answer):
        text, error = await reply(made_from)
        whole = answer.whole.count(b"\n\n")
        assert text.startswith("".join(WORDS[:whole]).rstrip())
        assert "".join(WORDS).startswith(text.rstrip())
        if answer.whole == ANSWER:
            assert error is None

    fuzzed(answers(st.just(ANSWER), "text/event-stream"), check)


def damaged(bodies: list[bytes]) -> st.SearchStrategy[bytes]:
    """Those bodies, with some of their bytes replaced."""

    @st.composite
    def drawn(draw) -> bytes:
        body = bytearray(draw(st.sampled_from(bodies)))
        for at, byte in draw(st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)))):
            if body:
                body[at % len(body)] = byte
        return bytes(body)

    return drawn()


def test_whatever_comes_in_place_of_an_answer_is_text_or_an_error(fuzzed):
    async def check(made_from, answer):
        text, error = await reply(made_from)
        text.encode()
        assert text.strip() or error is not None

    fuzzed(answers(damaged(ODD_BODIES), "text/event-stream"), check)


# --- Transcriptions -------------------------------------------------------------------------------

TRANSCRIPT = json.dumps({"text": SAID}).encode()


def test_a_transcript_that_came_whole_is_heard_and_no_other(fuzzed):
    async def check(made_from, answer):
        try:
            text = await stt.make_stt(made_from).transcribe(UTTERANCE)
        except EngineError:
            text = None
        pauses = sum(pause for pause, _ in answer.writes)
        if answer.is_complete and pauses < 1_000 * stt.TOTAL_SECONDS:
            assert text == SAID
        assert text in (SAID, "", None)

    fuzzed(answers(st.just(TRANSCRIPT), "application/json"), check)


# --- Voices ---------------------------------------------------------------------------------------

SPEECH = wav(audio.pcm(MS))


def test_sound_that_came_whole_is_heard_to_the_sample(fuzzed):
    async def check(made_from, answer):
        sound, error = bytearray(), None
        try:
            async for piece in tts.make_tts(made_from).speak("Hello."):
                sound += piece
        except EngineError as raised:
            error = raised
        assert sound or error is not None
        assert len(sound) <= MS * 8
        if answer.is_complete:
            assert error is None
            assert len(sound) == MS * 8

    fuzzed(answers(st.just(SPEECH), "audio/wav"), check)
