"""Whole calls through the real webhook and the real media socket, on scripted engines.

The tests' calls are placed at once, and each test looks at its own: a call takes as long as
people take to talk, and none minds the others.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Faults, Outcome
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.service import Service
from testing.sound.heard import assert_heard_everything

pytestmark = pytest.mark.models

QUESTION = "Hello, when are you open tomorrow?"
INTERRUPTION = "Wait a moment please, I have another question."


@pytest.fixture(scope="module")
def webhook(service: Service) -> str:
    return service.bootstrap("scripted")["webhook_url"]


@pytest.fixture(scope="module")
def say(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Utterance]:
    directory: Path = tmp_path_factory.mktemp("voices")
    return lambda text: asyncio.run(spoken(text, cache_dir=directory))


@pytest.fixture(scope="module")
def results(webhook: str, say: Callable[[str], Utterance]) -> dict[str, CallResult]:
    """What became of each call, by what is special about it."""
    question = (say(QUESTION),)
    plans: dict[str, dict[str, Any]] = {
        "nothing": {"utterances": question},
        "interrupts": {
            "utterances": (*question, say(INTERRUPTION)),
            "manner": CallerBehaviour(barge_in_after_ms=700),
        },
        "repeated": {"utterances": question, "faults": Faults(repeat_callbacks=True)},
        "reordered": {"utterances": question, "faults": Faults(reorder_callbacks=True)},
        "breaks": {"utterances": question, "manner": CallerBehaviour(drop_after_ms=2500)},
        "connects twice": {"utterances": question, "faults": Faults(connect_twice=True)},
        "digits": {"digits": "5550142#"},
    }
    placed = placed_at_once(*(CallPlan(webhook=webhook, **plan) for plan in plans.values()))
    return dict(zip(plans, placed, strict=True))


def placed_at_once(*plans: CallPlan) -> list[CallResult]:
    async def place() -> list[CallResult]:
        return await asyncio.gather(*map(place_call, plans))

    return asyncio.run(place())


def test_a_question_is_answered_and_the_call_is_settled(service, results):
    result = results["nothing"]
    assert_heard_everything(result)
    assert result.measurements.greeting_ms is not None
    kept = service.report(result.call_sid)
    assert [turn["role"] for turn in kept["turns"]] == ["agent", "caller", "agent"]
    assert {line["component"] for line in kept["ledger"]} == {
        "telephony",
        "stt",
        "llm_in",
        "llm_out",
        "tts",
    }
    minutes = next(line for line in kept["ledger"] if line["component"] == "telephony")
    assert minutes["quantity"] == 1


def test_a_caller_who_interrupts_hears_nothing_more_of_the_old_reply(service, results):
    result = results["interrupts"]
    assert result.ok, result.errors
    (barge_in,) = result.measurements.barge_ins
    assert barge_in.clear_ms is not None
    assert not barge_in.is_loud_after
    cut = service.report(result.call_sid)["turns"][2]
    assert cut["interrupted"]
    assert cut["text"].startswith(cut["heard_text"])
    assert len(cut["heard_text"]) < len(cut["text"])


def test_twenty_calls_at_once_lose_nothing(service, webhook, say):
    utterances = (say(QUESTION), say(INTERRUPTION))
    placed = placed_at_once(*(CallPlan(webhook=webhook, utterances=utterances) for _ in range(20)))
    for result in placed:
        assert_heard_everything(result)
    # A report waits until its call is settled.
    ledgers = [service.report(result.call_sid)["ledger"] for result in placed]
    assert [len(ledger) for ledger in ledgers] == [5] * 20


@pytest.mark.parametrize("callbacks", ["repeated", "reordered"])
def test_callbacks_that_repeat_or_come_late_change_nothing(service, results, callbacks):
    result = results[callbacks]
    assert result.ok, result.errors
    kept = service.report(result.call_sid)
    assert len(kept["ledger"]) == len({line["key"] for line in kept["ledger"]}) == 5


def test_a_line_that_breaks_is_settled_like_any_other(service, results):
    result = results["breaks"]
    kept = service.report(result.call_sid)
    assert kept["ledger"]
    assert result.outcome is Outcome.CONNECTED


def test_a_second_socket_with_the_same_ticket_is_closed(results):
    result = results["connects twice"]
    assert result.ok, result.errors
    assert result.second_socket_code == 1008


def test_digits_pressed_are_a_turn(service, results):
    result = results["digits"]
    assert result.ok, result.errors
    turns = service.report(result.call_sid)["turns"]
    assert "5550142" in [turn["text"] for turn in turns if turn["role"] == "caller"]
