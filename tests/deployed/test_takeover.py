"""A media process is killed in the middle of a call, and the next one continues it."""

import asyncio
import re
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import httpx
import pytest

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, PhoneEvent
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.services import process
from testing.services.kills import OF_ANSWERS, Killed, State, killed_call
from testing.services.pair import Pair, pair

pytestmark = [pytest.mark.models, pytest.mark.slow]

PAIRS = 2  # of processes, at the same time
LLM_MS = 1_000  # to the first token: time to be killed while the agent thinks
# On a machine that does much else at once; by itself it is half a second (`benchmarks.kills`).
LONGEST_MS = 6_000
# Each request for words has an answer of its own, so that what is said twice is seen.
ANSWERS = [f"Here is answer {n}. It ends with number {n}." for n in range(100)]
WORDS = ("When do you open?", "What does it cost?")
SETTINGS = {"OPENAI_API_KEY": "sk-fake"}


@contextmanager
def language_model() -> Iterator[str]:
    """The URL of a model that answers with ANSWERS, each time with the next."""
    behaviour = Behaviour(replies=ANSWERS, llm_ms=LLM_MS)
    with process.running("openai_server", **behaviour.as_dict()) as url:
        yield url


def webhook_of(both: Pair) -> str:
    engines = ("--stt=scripted", "--llm=openai", "--tts=scripted")
    return str(both.service().manage_json("bootstrap", *engines)["webhook_url"])


async def questions(directory: Path) -> tuple[Utterance, ...]:
    return tuple([await spoken(words, cache_dir=directory) for words in WORDS])


def last_request(model: str) -> str:
    """All that the language model was told with its latest request."""
    requests = httpx.get(f"{model.removesuffix('/v1')}/fake/requests").json()
    chats = [each["body"]["messages"] for each in requests if each["part"] == "llm"]
    return " ".join(message["content"] for message in chats[-1])


def check(killed: Killed, told: str) -> None:
    """The caller noticed next to nothing, and the accounts nothing at all."""
    facts, result = killed.facts, killed.result
    is_continued = killed.state is not State.RINGING  # no process had the call yet
    assert len(result.streams) == 1 + is_continued, result.errors
    assert killed.gap_ms is not None
    assert killed.gap_ms < LONGEST_MS
    if killed.state in (State.GREETING, State.SPEAKING, State.THINKING):
        assert killed.audible_ms is not None
        assert killed.audible_ms < LONGEST_MS + LLM_MS
    assert not [log.unanswered_ms for log in result.streams if log.unanswered_ms]
    # The agent remembers what was said, and nothing of it was said twice.
    if killed.state is not State.GREETING:
        assert "caller utterance 1" in told
        assert "Here is answer" in told
    heard = " ".join(" ".join(killed.agents_words()).split())
    numbers = re.findall(r"It ends with number (\d+)", heard)
    assert len(numbers) == len(set(numbers)) == len(WORDS), heard
    # One call, whose slot is free again, and what it used.
    assert (facts["generation"], facts["states"], facts["end_reason"]) == (
        int(is_continued),
        0,
        "stop",
    )
    assert abs(facts["stream_ms"] - killed.streamed_ms) < 2_000
    if is_continued:
        assert facts["report"]["gap1_ms"] < LONGEST_MS


def test_a_killed_process_costs_a_call_no_more_than_a_moment(tmp_path: Path) -> None:
    said = asyncio.run(questions(tmp_path))

    # No pair loads its models while a call of another one is timed.
    are_ready = Barrier(PAIRS)
    shared = len(OF_ANSWERS) // PAIRS

    def kill_in(states: Sequence[State]) -> None:
        """In one state after the other, by a pair of processes of their own."""
        try:
            kill_in_each(states)
        except BaseException:
            are_ready.abort()  # nobody waits for a pair that has failed
            raise

    def kill_in_each(states: Sequence[State]) -> None:
        directory = tmp_path / states[0].name
        directory.mkdir()
        with (
            language_model() as model,
            pair(directory, **SETTINGS, OPENAI_BASE_URL=model) as both,
        ):
            webhook = webhook_of(both)
            for number, state in enumerate(states, 1):
                if number <= shared:
                    are_ready.wait()
                call = killed_call(both, webhook, said, state, thinking_ms=0.8 * LLM_MS)
                check(asyncio.run(call), last_request(model))
                if number < len(states):
                    both.start()
                    both.wait_until_ready()

    # A call lasts as long as it lasts, and costs next to nothing: several are killed at once.
    shares = [OF_ANSWERS[first::PAIRS] for first in range(PAIRS)]
    with ThreadPoolExecutor(PAIRS) as together:
        running = [together.submit(kill_in, share) for share in shares]
        failed = [error for each in running if (error := each.exception())]
    for error in sorted(failed, key=lambda each: isinstance(each, BrokenBarrierError)):
        raise error  # the first that did not end because of another


def test_a_process_that_stops_leaves_its_calls_to_the_next(tmp_path: Path) -> None:
    settings = {**SETTINGS, "DRAIN_SECONDS": "4"}
    with (
        language_model() as model,
        pair(tmp_path, **settings, OPENAI_BASE_URL=model) as both,
    ):
        webhook = webhook_of(both)
        said = asyncio.run(questions(tmp_path))
        first = both.first()

        async def call() -> CallResult:
            is_asked = asyncio.Event()

            def notice(event: PhoneEvent) -> None:
                if event.what == "said":
                    is_asked.set()

            async with both.fronted():
                plan = CallPlan(webhook=webhook, utterances=said)
                placed = asyncio.create_task(place_call(plan, notice))
                await asyncio.wait_for(is_asked.wait(), GUARD_SECONDS)
                first.send_signal(signal.SIGTERM)
                both.ask_last(first)
                return await placed

        result = asyncio.run(call())
        first.wait(GUARD_SECONDS)
        turns = both.service().report(result.call_sid)["turns"]
    assert len(result.streams) == 2
    assert result.ok, result.errors
    heard = " ".join(" ".join(t["heard_text"] for t in turns if t["role"] == "agent").split())
    numbers = re.findall(r"It ends with number (\d+)", heard)
    assert len(numbers) == len(set(numbers)) == len(WORDS), heard
