"""`manage.py call` and `manage.py storm`, as a person or a script meets them."""

import asyncio
import contextlib
import json
import threading
import wave
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from websockets.exceptions import ConnectionClosed

from accounts.keys.api_keys import issue_key
from accounts.models import Organization
from telephony.management.commands.call import _settled
from telephony.simulator.options import CallerTurn
from telephony.simulator.plan import Problem
from telephony.simulator.report import text
from telephony.simulator.report.known_call import organization_of
from testing.guard import GUARD_SECONDS
from testing.twilio.carrier_server import CarrierServer, Talk, tone


async def agent(talk: Talk) -> None:
    """Greets and answers whatever is said, until the caller has gone."""
    with contextlib.suppress(ConnectionClosed):
        await talk.say(tone(100), mark="greeting")
        while True:
            await talk.hear_silence()
            await talk.say(tone(200), mark="answer")


@pytest.fixture
def server() -> Iterator[CarrierServer]:
    """The tiny server on a loop of its own: a command brings its own loop along."""
    loop = asyncio.new_event_loop()
    carrier = CarrierServer(agent)
    carrier.max_sockets = 10
    loop.run_until_complete(carrier.__aenter__())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield carrier
    asyncio.run_coroutine_threadsafe(carrier.__aexit__(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(GUARD_SECONDS)
    loop.close()


@pytest.fixture
def hello(tmp_path: Path) -> str:
    path = tmp_path / "hello.wav"
    samples = np.sin(np.arange(3200) / 4) * 12000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return str(path)


def run(name: str, *arguments: str) -> tuple[str, str, str]:
    """stdout, stderr and the words of the failure ("" for success)."""
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


@pytest.mark.slow  # the phone calls in real time
def test_a_call_is_printed_while_it_happens(
    server: CarrierServer, hello: str, tmp_path: Path
) -> None:
    record = tmp_path / "out" / "call.wav"

    out, _, failure = run(
        "call", "--webhook", f"{server.url}/voice", "--audio", hello, "--record", str(record)
    )

    assert failure == ""
    assert "the caller says: hello.wav" in out
    assert "the caller hangs up" in out
    assert "marks                     2 of 2 returned" in out
    assert record.is_file()


@pytest.mark.slow  # the phone calls in real time
def test_json_is_one_object_and_nothing_else(server: CarrierServer, hello: str) -> None:
    out, err, failure = run("call", "--webhook", f"{server.url}/voice", "--audio", hello, "--json")

    assert failure == ""
    report = json.loads(out)
    assert report["ok"] is True
    assert report["call_sid"].startswith("CA")
    assert report["errors"] == []
    assert report["phone"]["marks"] == {"received": 2, "returned": 2}
    assert len(report["phone"]["voice_to_voice_ms"]) == 1
    assert "the caller hangs up" in err


def test_a_failed_call_says_twilios_code_and_what_it_means(server: CarrierServer) -> None:
    server.documents["/voice"] = server.connect_twiml(stream_url="wss://voice.example/s?ticket=1")

    out, _, failure = run("call", "--webhook", f"{server.url}/voice", "--json")

    assert "Twilio 31920 (the media socket's server did not accept the upgrade)" in failure
    assert "query string" in failure
    assert json.loads(out)["errors"][0]["code"] == 31920
    assert json.loads(out)["ok"] is False


def test_a_declined_call_fails_in_words(server: CarrierServer) -> None:
    server.documents["/voice"] = "<Response><Say>Closed.</Say></Response>"

    out, _, failure = run("call", "--webhook", f"{server.url}/voice")

    assert 'the carrier says: "Closed."' in out
    assert "no agent did" in failure


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--webhook", "localhost:8000/voice"], "is not an http(s) URL"),
        (["--webhook", "http://localhost/v", "--audio", "/no/such.wav"], "No such file"),
    ],
)
def test_wrong_arguments_are_explained_in_a_sentence(arguments: list[str], expected: str) -> None:
    assert expected in run("call", *arguments)[2]


def test_recordings_and_words_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    async def prepare(turns: Any, *, cache_dir: Path) -> tuple[()]:
        seen.extend(turns)
        raise CommandError("enough")

    monkeypatch.setattr("telephony.management.commands.call.prepare", prepare)
    run("call", "--webhook", "http://localhost/v", "--say", "a", "--audio", "b", "c", "--say", "d")

    assert seen == [
        CallerTurn(False, "a"),
        CallerTurn(True, "b"),
        CallerTurn(True, "c"),
        CallerTurn(False, "d"),
    ]


@pytest.mark.slow  # the phone calls in real time
def test_a_storm_counts_and_measures_all_calls(server: CarrierServer, hello: str) -> None:
    out, err, failure = run(
        *("storm", "--webhook", f"{server.url}/voice", "--calls", "3", "--seconds", "2"),
        *("--ramp", "50", "--audio", hello, "--json"),
    )

    assert failure == ""
    summary = json.loads(out)
    assert summary["outcomes"]["connected"] == 3
    assert summary["greeting_ms"]["n"] == 3
    assert summary["voice_to_voice_ms"]["n"] >= 3
    assert summary["marks"]["received"] == summary["marks"]["returned"]
    assert "3 of 3" in err


def test_a_storm_of_declined_calls_fails(server: CarrierServer, hello: str) -> None:
    server.documents["/voice"] = "<Response><Hangup/></Response>"

    out, _, failure = run(
        *("storm", "--webhook", f"{server.url}/voice", "--calls", "2", "--seconds", "1"),
        *("--audio", hello),
    )

    assert "2 declined" in out
    assert failure


@pytest.mark.django_db
def test_only_a_key_of_this_installation_opens_its_books() -> None:
    org = Organization.objects.create(name="Acme")
    _, text = issue_key(org, label="phone")
    forged = text[:-1] + ("1" if text.endswith("0") else "0")

    assert organization_of(f"http://localhost/voice?api_key={text}") == org
    assert organization_of(f"http://localhost/voice?api_key={forged}") is None
    assert organization_of("http://localhost/voice") is None


def test_what_was_not_heard_is_in_brackets() -> None:
    turn = {"role": "agent", "text": "We open at nine. And close at six.", "interrupted": True}

    assert text.turn_line(turn | {"heard_text": "We open at nine."}) == (
        " agent: We open at nine. [not heard: And close at six.] (interrupted)"
    )
    assert text.turn_line(turn | {"heard_text": turn["text"], "interrupted": False}) == (
        " agent: We open at nine. And close at six."
    )


def turn(role: str, text: str, heard: str, *, interrupted: bool = False) -> dict[str, Any]:
    return {"role": role, "text": text, "heard_text": heard, "interrupted": interrupted}


CALLER = turn("caller", "I would like", "I would like")


@pytest.mark.parametrize(
    ("turns", "settled"),
    [
        ([], 0),
        ([turn("agent", "Hello there.", "Hello")], 0),  # still being heard
        ([turn("agent", "Hello.", "Hello.")], 1),
        ([turn("agent", "Hello.", "Hello."), CALLER], 1),  # may continue
        ([CALLER, turn("agent", "Yes?", "", interrupted=True)], 0),  # continued at once
        ([CALLER, turn("agent", "Yes, which?", "Yes", interrupted=True)], 2),
        ([CALLER, turn("agent", "Yes, which?", "Yes")], 1),
    ],
)
def test_a_turn_is_printed_when_it_will_not_change_any_more(
    turns: list[dict[str, Any]], settled: int
) -> None:
    assert _settled(turns) == settled


def test_the_waterfall_names_each_stage() -> None:
    turns = [
        {"text": "Hello", "latency_ms": {}},
        {"text": "At nine.", "latency_ms": {"endpoint": 210, "sent": 480}},
    ]

    head, row = text.waterfall(turns)
    assert head.split()[:7] == ["turn", "endpoint", "stt", "llm", "tts", "sent", "mark"]
    assert row.split() == ["2", "210", "-", "-", "-", "480", "-", "At", "nine."]


def test_the_ledger_ends_with_its_sum() -> None:
    entry = {"component": "tts", "quantity": 40, "unit": "character", "amount_micros": 1500}

    assert text.ledger([entry, entry])[-1].split() == ["total", "$0.003000"]
    assert text.ledger([]) == []


def test_a_problem_without_a_code_is_only_words() -> None:
    assert text.problem_line(Problem(None, "no answer")) == "no answer"
