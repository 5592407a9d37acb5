"""What is kept of the providers' answers and failures, and for how long."""

import pytest

from agents.engines.cascade.tests.answering import answering
from agents.engines.health import EngineHealth, PartHealth, engine_health
from testing.clock import Clock
from testing.engines import StubLanguageModel, StubTextToSpeech
from testing.setups import QUESTION
from voicex.errors import EngineBusy, EngineRefused


@pytest.fixture
def clock() -> Clock:
    return Clock(60.0 * 1000)


@pytest.fixture
def part(clock: Clock) -> PartHealth:
    return PartHealth("llm", "openai", clock)


def test_nothing_is_known_before_the_first_answer(part):
    found = part.summary()
    assert (found.answers, found.failures, found.wait_ms, found.last_error) == (0, 0, None, "")


def test_answers_and_failures_are_counted_and_the_middle_wait_is_told(part):
    for seconds in (0.1, 0.2, 0.9):
        part.answered(seconds)
    part.failed(EngineBusy())
    found = part.summary()
    assert (found.answers, found.failures, found.wait_ms) == (3, 1, 200)


def test_counts_expire_after_an_hour_but_the_last_error_stays(part, clock):
    part.answered(0.1)
    part.failed(EngineBusy())
    clock.now += 59 * 60
    assert (part.summary().answers, part.summary().failures) == (1, 1)
    clock.now += 60
    assert (part.summary().answers, part.summary().failures) == (0, 0)
    assert part.summary().last_error == "EngineBusy"
    assert part.summary().last_error_at == 60_000


def test_of_an_error_only_its_kind_is_kept(part):
    part.failed(EngineRefused("Incorrect API key provided: sk-canary"))
    assert "sk-canary" not in repr(part.summary())
    assert part.summary().last_error == "EngineRefused"


def test_all_calls_share_the_counts_of_a_part():
    health = EngineHealth()
    health.part("tts", "google").answered(0.3)
    assert health.part("tts", "google").summary().answers == 1
    assert [each.engine for each in health.summaries()] == ["google"]


@pytest.mark.parametrize(
    ("parts", "kind", "counted"),
    [
        ({}, "llm", (1, 0)),
        ({}, "tts", (1, 0)),
        # What fails is asked once more.
        ({"llm": StubLanguageModel([EngineBusy()])}, "llm", (1, 1)),
        ({"llm": StubLanguageModel([EngineBusy()], [EngineBusy()])}, "llm", (0, 2)),
        ({"tts": StubTextToSpeech([EngineBusy()])}, "tts", (1, 1)),
        ({"tts": StubTextToSpeech([b""])}, "tts", (2, 1)),
    ],
)
async def test_each_answer_of_a_call_is_counted(parts, kind, counted):
    async with answering(**parts) as answers:
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    found = next(each for each in engine_health.summaries() if each.kind == kind)
    assert (found.answers, found.failures) == counted
