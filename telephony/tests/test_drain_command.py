"""`manage.py drain`: lists processes, and drains them one after the other."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from telephony.management import draining
from telephony.models import ProcessReport
from testing.processes import a_process

pytestmark = pytest.mark.django_db


def drain(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    printed = StringIO()
    call_command("drain", *arguments, stdout=printed)
    return printed.getvalue().splitlines()


@pytest.fixture
def time_passes(monkeypatch) -> Callable[[Callable[[], None]], None]:
    """Each wait takes a tick, in which what processes do happens."""
    clock = [0.0]
    happens: list[Callable[[], None]] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        for each in happens:
            each()

    passing = SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    monkeypatch.setattr(draining, "time", passing)
    return happens.append


def obey() -> None:
    """What processes do in a tick: begin to drain, have a call end, end when none is left."""
    for report in ProcessReport.objects.filter(drain_asked_at__isnull=False):
        if report.is_draining and not report.calls:
            report.delete()
            continue
        if report.is_draining:
            report.calls -= 1
        report.is_draining = True
        report.save()


def ordered() -> list[str]:
    found = ProcessReport.objects.filter(drain_asked_at__isnull=False)
    return list(found.values_list("name", flat=True))


def test_without_a_name_it_lists_the_processes_and_orders_nothing():
    now = timezone.now()
    a_process("one:1", version="1.2")
    a_process("two:2", is_draining=True)
    a_process("three:3", drain_asked_at=now)
    a_process("four:4", at=now - timedelta(minutes=5))
    before = ordered()
    lines = {line.split()[0]: line for line in drain()}
    assert lines["one:1"] == "one:1  3 of 10 calls  takes calls  1.2"
    assert "draining" in lines["two:2"]
    assert "ordered to drain" in lines["three:3"]
    assert "not reporting" in lines["four:4"]
    assert ordered() == before


def test_it_follows_a_process_until_it_has_ended(time_passes):
    time_passes(obey)
    a_process("one:1", calls=2)
    a_process("two:2")
    assert drain("one:1", "--wait") == [
        "one:1 is draining: no new calls, 2 in progress",
        "one:1: 1 in progress",
        "one:1: 0 in progress",
        "one:1 has ended",
    ]
    assert list(ProcessReport.objects.values_list("name", flat=True)) == ["two:2"]


def test_without_wait_it_stays_until_the_process_obeys(time_passes):
    time_passes(obey)
    a_process("one:1", calls=2)
    a_process("two:2")
    assert drain("one:1") == ["one:1 is draining: no new calls, 2 in progress"]
    assert ProcessReport.objects.get(name="one:1").calls == 2


def test_all_go_one_after_the_other_each_once_the_one_before_is_replaced(time_passes):
    at_once: list[int] = []

    def supervise() -> None:
        at_once.append(len(ordered()))
        if len(at_once) % 5 == 0 and ProcessReport.objects.count() < 3:
            a_process(f"new:{len(at_once)}")

    time_passes(obey)
    time_passes(supervise)
    a_process("one:1", calls=0)
    a_process("two:2", calls=0)
    a_process("dead:3", at=timezone.now() - timedelta(hours=2))
    assert [line for line in drain("--all", "--wait") if "ended" in line] == [
        "one:1 has ended",
        "two:2 has ended",
    ]
    assert max(at_once) == 1
    [kept] = ProcessReport.objects.exclude(name="dead:3")
    assert kept.name == "new:5"


def test_where_no_process_follows_the_others_go_on(time_passes):
    time_passes(obey)
    a_process("one:1", calls=0)
    a_process("two:2")
    with pytest.raises(CommandError, match="Not drained: two:2"):
        drain("--all")
    assert not ProcessReport.objects.get().is_leaving


def test_all_waits_for_the_successor_of_one_that_drained_already(time_passes):
    ticks: list[int] = []

    def supervise() -> None:
        ticks.append(1)
        if len(ticks) % 5 == 0 and ProcessReport.objects.count() < 2:
            a_process(f"new:{len(ticks)}")

    time_passes(obey)
    time_passes(supervise)
    a_process("one:1", calls=0, is_draining=True, drain_asked_at=timezone.now())
    a_process("two:2", calls=0)
    assert drain("--all", "--wait")[-1] == "two:2 has ended"
    assert [each.name for each in ProcessReport.objects.all()] == ["new:5"]


def test_all_goes_on_where_the_successor_of_one_that_drains_is_there_already(time_passes):
    """As where a replica set replaces a process that begins to end."""
    ticks: list[int] = []

    def supervise() -> None:
        ticks.append(1)
        if len(ticks) % 5 == 0 and ProcessReport.objects.filter(is_draining=False).count() < 2:
            a_process(f"new:{len(ticks)}")

    time_passes(obey)
    time_passes(supervise)
    a_process("one:1", calls=0)
    a_process("three:3", calls=0)
    a_process("two:2", calls=0, is_draining=True, drain_asked_at=timezone.now())
    assert drain("--all", "--wait")[-1] == "two:2 has ended"


def test_the_last_process_is_drained_with_force_alone(time_passes):
    time_passes(obey)
    a_process("one:1", calls=0)
    with pytest.raises(CommandError, match=r"only process that takes calls.*say goodbye.*--force"):
        drain("--all")
    assert not ordered()
    assert drain("one:1", "--force", "--wait")[-1] == "one:1 has ended"


def test_a_process_that_does_not_obey_is_said_and_does_not_do_so_later(time_passes):
    a_process("stuck:1")
    a_process("two:2")
    with pytest.raises(CommandError, match="stuck:1 has not begun to drain within 15 s"):
        drain("stuck:1", "two:2")
    assert not ordered()


def test_one_that_obeys_and_does_not_end_is_said(time_passes, settings):
    settings.DRAIN_SECONDS = 5
    a_process("one:1", is_draining=True)
    a_process("two:2")
    with pytest.raises(CommandError, match="one:1 has not ended within 35 s"):
        drain("one:1", "--wait")


def test_one_that_was_killed_and_has_started_again_has_ended(time_passes):
    def start_again() -> None:
        ProcessReport.objects.filter(name="one:1").delete()
        a_process("one:1", started_at=timezone.now())

    a_process("one:1", is_draining=True)
    a_process("two:2")
    time_passes(start_again)
    assert drain("one:1", "--wait")[-1] == "one:1 has ended"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["one:1", "nine:9"], "Not known: nine:9. Processes that report: one:1, two:2"),
        (["one:1", "--all"], "Either name processes, or use --all"),
    ],
)
def test_what_makes_no_sense_orders_nothing(arguments, words):
    a_process("one:1")
    a_process("two:2")
    with pytest.raises(CommandError, match=words):
        drain(*arguments)
    assert not ordered()


def test_without_processes_it_says_so():
    assert drain() == ["No media process has reported in the last hour"]
    with pytest.raises(CommandError, match="No media process reports"):
        drain("--all")
