"""Whole calls through the real webhook and the real media socket, on scripted engines."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.simulator.caller import Manner
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


def call(webhook: str, **plan) -> CallResult:
    return asyncio.run(place_call(CallPlan(webhook=webhook, **plan)))


def test_a_question_is_answered_and_the_call_is_settled(service, webhook, say):
    result = call(webhook, utterances=(say(QUESTION),))
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


def test_a_caller_who_interrupts_hears_nothing_more_of_the_old_reply(service, webhook, say):
    result = call(
        webhook,
        utterances=(say(QUESTION), say(INTERRUPTION)),
        manner=Manner(barge_in_after_ms=700),
    )
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

    async def place_all() -> list[CallResult]:
        plan = {"webhook": webhook, "utterances": utterances}
        return await asyncio.gather(*(place_call(CallPlan(**plan)) for _ in range(20)))

    results = asyncio.run(place_all())
    for result in results:
        assert_heard_everything(result)
    ledgers = [service.report(result.call_sid)["ledger"] for result in results[:3]]
    assert all(len(ledger) == 5 for ledger in ledgers)
    assert (
        service.shell(
            "from usage.models import Call; print(Call.objects.filter(settled_at=None).count())"
        ).strip()
        == "0"
    )


@pytest.mark.parametrize(
    "faults",
    [Faults(repeat_callbacks=True), Faults(reorder_callbacks=True)],
    ids=["repeated", "reordered"],
)
def test_callbacks_that_repeat_or_come_late_change_nothing(service, webhook, say, faults):
    result = call(webhook, utterances=(say(QUESTION),), faults=faults)
    assert result.ok, result.errors
    kept = service.report(result.call_sid)
    assert len(kept["ledger"]) == len({line["key"] for line in kept["ledger"]}) == 5


def test_a_line_that_breaks_is_settled_like_any_other(service, webhook, say):
    result = call(webhook, utterances=(say(QUESTION),), manner=Manner(drop_after_ms=2500))
    kept = service.report(result.call_sid)
    assert kept["ledger"]
    assert result.outcome is Outcome.CONNECTED


def test_a_second_socket_with_the_same_ticket_is_closed(webhook, say):
    result = call(webhook, utterances=(say(QUESTION),), faults=Faults(connect_twice=True))
    assert result.ok, result.errors
    assert result.second_socket_code == 1008


def test_digits_pressed_are_a_turn(service, webhook):
    result = call(webhook, digits="5550142#")
    assert result.ok, result.errors
    turns = service.report(result.call_sid)["turns"]
    assert "5550142" in [turn["text"] for turn in turns if turn["role"] == "caller"]
