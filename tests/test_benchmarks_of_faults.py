"""Faults are measured part by part, and the tables of docs/reliability.md written from that."""

import threading
from pathlib import Path

import pytest

from benchmarks import faults, kills, report_faults, results_file
from testing.guard import GUARD_SECONDS

MACHINE = {"cpu": "A processor", "cores": 2, "kernel": "6.1"}
KILLED = dict.fromkeys(kills.HEAD, "4") | {"state": "greeting"}
RESULTS = {
    "faults/stopped": {
        "machine": MACHINE,
        "faults": [{"fault": "it stops", "calls": 4, "well": 3, "met": "words", "slots": 0}],
    },
    "faults/disk": {"machine": MACHINE, "skipped": "only root may mount"},
    "faults/kills": {"machine": MACHINE, "kills": [KILLED]},
}
PARTS = ("stopped", "frozen", "disk", "kills")


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(results_file, "read", RESULTS.get)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report_faults.BEGIN}\nold\n{report_faults.END}\nafter\n")
    return page


def test_the_page_has_what_was_measured_and_keeps_the_rest(page):
    report_faults.write(PARTS, page)
    text = page.read_text()
    assert text.startswith(f"before\n{report_faults.BEGIN}\n\nA processor, 2 cores")
    assert text.endswith(f"{report_faults.END}\nafter\n")
    assert "| it stops | 3 of 4 | words | 0 |" in text
    assert "| disk | - | not measured here: only root may mount | - |" in text
    assert "| greeting | 4 | 4 |" in text
    assert "knew what was said" in text
    assert "old" not in text


def test_each_machine_is_named_with_what_was_measured_on_it(page, monkeypatch):
    other = RESULTS["faults/disk"] | {"machine": MACHINE | {"cores": 8}}
    monkeypatch.setattr(results_file, "read", (RESULTS | {"faults/disk": other}).get)
    text = report_faults.write(PARTS, page).read_text()
    assert "A processor, 2 cores, Linux 6.1; scripted engines: stopped, kills.\n" in text
    assert "A processor, 8 cores, Linux 6.1; scripted engines: disk.\n" in text


def test_the_docs_have_a_place_for_it(page):
    page.write_text(report_faults.PAGE.read_text())
    assert report_faults.write(PARTS, page) == page
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        report_faults.write(PARTS, page)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(results_file, "DIRECTORY", tmp_path / "results")
    return tmp_path / "results" / "faults"


def test_a_part_is_kept_as_soon_as_it_is_done_and_others_run_when_one_fails(results, tmp_path):
    def fails(_directory):
        raise AssertionError("it does not start")

    parts = [
        faults.Part("broken", fails, 1, is_light=True),
        faults.Part("well", lambda directory: {"faults": [], "at": str(directory)}, 1),
    ]
    work = tmp_path / "work"
    work.mkdir()
    assert faults.Run(parts, work).run() == ["broken"]
    assert [each.name for each in results.iterdir()] == ["well.json"]
    assert results_file.read("faults/well")["at"] == str(work / "well")
    assert results_file.age_hours("faults/well") < 1


def test_a_part_that_cannot_be_had_is_left_out_with_the_reason(results, tmp_path, monkeypatch):
    monkeypatch.setattr(faults, "missing", lambda: ["initdb"])
    part = faults.Part("absent", pytest.fail, 1, needs=("initdb",))
    assert faults.Run([part], tmp_path).run() == []
    assert results_file.read("faults/absent")["skipped"] == "not installed: initdb"


def test_every_part_has_a_name_of_its_own():
    names = [part.name for part in faults.parts(200)]
    assert len(names) == len(set(names)) > 12
    assert set(report_faults.KILLS) == {"kills", "kills_restarted"} < set(names)


def heard(*words):
    turns = [{"role": "agent", "heard_text": each} for each in words]
    return kills.Killed(kills.State.SPEAKING, None, 0.0, {"turns": turns})


def test_words_that_are_heard_twice_are_found():
    assert not kills.said_twice(heard("We are open until six", "It costs nine dollars"))
    assert not kills.said_twice(heard("We are open", "until six. We are here."))
    assert kills.said_twice(heard("We are open until", "six. We are open until six."))


def test_an_agent_knows_only_what_it_says_at_the_end():
    asked = kills.agents.ASKED[0].rstrip("?")
    assert kills.knows(heard("Hello", f"You have asked me this: {asked}."))
    assert not kills.knows(heard(asked, "You have asked me this: nothing"))
    assert not kills.knows(heard())


def test_faults_that_are_told_to_end_begin_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    all_begun, may_end = threading.Barrier(faults.AT_ONCE + 1), threading.Event()

    def does(_run: faults.Run, part: faults.Part) -> None:
        begun.append(part.name)
        all_begun.wait(GUARD_SECONDS)
        assert may_end.wait(GUARD_SECONDS)

    def told(*_args: object, **_options: object) -> None:
        all_begun.wait(GUARD_SECONDS)
        raise SystemExit

    monkeypatch.setattr(faults.Run, "_do", does)
    monkeypatch.setattr(faults, "wait", told)
    light = [faults.Part(f"{n}", lambda _path: {}, 1, is_light=True) for n in range(6)]
    before = set(threading.enumerate())
    with pytest.raises(SystemExit):
        faults.Run(light, tmp_path).run()
    may_end.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(GUARD_SECONDS)
    assert sorted(begun) == ["0", "1", "2", "3"]
