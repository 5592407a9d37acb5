"""What the benchmarks make of their measurements; the measuring itself is `make bench`."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import __main__ as suite
from benchmarks import flame, goals, load, machine, results_file, stages

ROOT = Path(__file__).parents[1]
WORK = "thread (7): MainThread;main (/x/server.py);on (/x/telephony/calls/driver.py)"
RAW = f"""\
{WORK};decode (/x/telephony/twilio/mediastream.py) 6
{WORK};send (/v/site-packages/django/db.py) 3
thread (8): call-setup_0;_worker (/p/concurrent/futures/thread.py) 1
"""


def felt(*, answers: int, gaps: int = 0, unanswered: int = 0) -> dict[str, Any]:
    return {
        "voice_to_voice_ms": {"n": answers, "p50": 600, "p95": 650},
        "gaps_ms": {"n": gaps},
        "unanswered": unanswered,
    }


def test_a_sample_belongs_to_the_innermost_of_our_files() -> None:
    found = stages.shares(stages.parsed(RAW))

    assert found["stages"] == {"message codec": 0.6, "driver": 0.3, "other": 0.1}
    assert found["threads"] == {"MainThread": 0.9, "call-setup": 0.1}


@pytest.mark.parametrize(
    ("stage", "file"),
    [
        ("voice activity", "agents/engines/voice_activity/silero_network.py"),
        ("voice activity", "agents/engines/cascade/transcriber.py"),
        ("voice activity", "agents/speech/audio/endpointing.py"),
        ("voice activity", "agents/speech/audio/noise_gate.py"),
        ("message codec", "telephony/twilio/mediastream.py"),
        ("message codec", "telephony/twilio/transport.py"),
        ("message codec", "telephony/browser/stream.py"),
        ("socket", "telephony/calls/socket.py"),
        ("socket", "voicex/web/fast_websocket.py"),
        ("flight record", "telephony/calls/flight_recorder.py"),
        ("session", "telephony/session/call.py"),
        ("settlement", "usage/billing/settlement.py"),
        ("recorder", "usage/records/calls.py"),
        ("recorder", "telephony/process/record_writer.py"),
        ("webhooks", "telephony/webhooks/voice.py"),
        ("webhooks", "telephony/webhooks/asgi.py"),
        ("webhooks", "telephony/twilio/forms.py"),
        ("webhooks", "telephony/twilio/signatures.py"),
        ("webhooks", "telephony/twilio/twiml.py"),
        ("webhooks", "telephony/admission/decision.py"),
        ("webhooks", "voicex/web/middleware.py"),
        ("call set-up", "telephony/admission/preparation.py"),
        ("call set-up", "telephony/webhooks/consumers.py"),
        ("call set-up", "telephony/browser/consumer.py"),
        ("driver", "telephony/calls/driver.py"),
        ("background worker", "voicex/processes/inprocess_worker.py"),
    ],
)
def test_each_file_is_where_its_stage_looks_for_it(stage: str, file: str) -> None:
    """The rest of an app is a stage, too, so a file that moves would be counted there unseen."""
    assert (stages.ROOT / file).is_file()
    assert stages.stage_of(["thread (7): MainThread", f"on (/x/{file}:12)"]) == stage


def test_samples_of_waiting_count_as_far_as_cpu_was_used() -> None:
    worked = ("thread (7): MainThread", "on (/x/telephony/calls/driver.py)")
    looped = ("thread (7): MainThread", "run (/p/asyncio/runners.py)")
    slept = ("thread (8): pool_0", "_worker (/p/concurrent/futures/thread.py)")
    samples = Counter({worked: 100, looped: 90, slept: 40})
    used = {7: 120 / stages.SAMPLES_PER_SECOND, 8: 0.0}

    assert stages.without_waiting(samples, used) == {worked: 100, looped: 20}


def test_a_flame_graph_draws_what_is_wide_enough(tmp_path: Path) -> None:
    stacks = Counter({("main", "hot"): 999, ("main", "<cold>"): 1})
    path = tmp_path / "flame.svg"

    flame.write(path, title="a & b", stacks=stacks.items())

    text = "".join(ElementTree.parse(path).getroot().itertext())
    assert "hot 99.9%" in text
    assert "cold" not in text


def test_the_delay_is_given_while_answers_can_be_told_apart() -> None:
    assert load._added(felt(answers=100, gaps=5)) == {"p50": 110, "p95": 160}
    assert load._added(felt(answers=100, gaps=4, unanswered=2)) == {"p50": None, "p95": None}
    assert load._added(felt(answers=0)) == {"p50": None, "p95": None}


def test_a_goal_without_a_measurement_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_file, "DIRECTORY", tmp_path)

    assert {met for _, _, met, *_ in goals.table_rows()} == {"not measured"}
    assert results_file.age_hours("calls") == float("inf")


def test_a_goal_that_was_missed_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_file, "DIRECTORY", tmp_path)
    results_file.write("stall", {"gaps": 1, "stalls": 6, "stall_ms": 500, "neighbours": {}})

    rows = {wanted: rest for wanted, *rest in goals.table_rows()}

    assert rows["a stop of 500 ms is not heard"] == [
        "1 gaps in 6 stops of 500 ms",
        "**no**",
        "-",
        "0%",
    ]
    assert results_file.age_hours("stall") < 1


def heard(*, recall: float = 0.9, missed: int = 0) -> dict[str, Any]:
    figures = {"recall": recall, "precision": 0.9, "missed_utterances": missed}
    return {"levels": {"10 dB": figures | {"false_starts_a_minute": 0.0}}}


@pytest.mark.parametrize(
    ("with_gate", "words", "is_met"),
    [
        (heard(recall=0.899), "differ by at most 0.1%; utterances missed the same", True),
        (heard(recall=0.8), "differ by at most 10.0%", False),
        (heard(missed=1), "utterances missed not the same", False),
    ],
)
def test_what_the_gate_changes_is_shown(
    with_gate, words, is_met, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_file, "DIRECTORY", tmp_path)
    ways = {"no gate, no batch": heard(), "gate": with_gate}
    results_file.write("voice_activity", {"ways": ways, "service": {}})

    verdict = goals._hearing_is_equal()

    assert verdict is not None
    assert words in verdict.words
    assert verdict.is_met is is_met


def test_what_the_host_takes_is_shown_for_each_core() -> None:
    with machine.HostWatch() as host:
        pass
    assert set(host.neighbours()) == {f"core {n}" for n in range(os.cpu_count() or 1)}


ENDS = """
import time
from benchmarks.ending import end_in_order
end_in_order()
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    print("ending", flush=True)
    time.sleep(0.2)
    print("put away")
"""


def test_a_benchmark_that_is_told_to_end_puts_away_what_it_started() -> None:
    command = (sys.executable, "-c", ENDS)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.terminate()
        assert child.stdout.readline() == "ending\n"
        child.terminate()  # and again, in the midst of it
        assert child.stdout.read() == "put away\n"


@pytest.mark.parametrize(
    ("told", "does"),
    [
        (SystemExit, ["wait", "terminate", "wait"]),
        (KeyboardInterrupt, ["wait", "wait"]),  # which the terminal sends to both
    ],
)
def test_a_suite_that_is_told_to_end_ends_its_benchmark(
    told: type[BaseException], does: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    class Child:
        def wait(self) -> None:
            done.append("wait")
            if done == ["wait"]:
                raise told

        def terminate(self) -> None:
            done.append("terminate")

    monkeypatch.setattr(suite.subprocess, "Popen", lambda _command: Child())
    with pytest.raises(told):
        suite.run("frame", "", is_long=False)
    assert done == does
