"""A process publishes reports; one that falls silent is marked as lost, and dropped in time."""

import threading
import tomllib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.engines.health import PartHealth, engine_health
from telephony.models import ProcessReport
from telephony.process import reports as process_reports
from telephony.process.capacity import capacity
from telephony.process.record_writer import RecordWriter
from telephony.process.reports import KEPT_FOR, STALE_AFTER, Reporter, is_stale, reports
from telephony.process.stall_watch import StallWatch
from testing.guard import GUARD_SECONDS
from testing.processes import a_process
from voicex import VERSION
from voicex.errors import EngineBusy
from voicex.web.lifecycle import lifecycle

NOW = timezone.now()


@pytest.fixture
def reporter(db) -> Reporter:
    return Reporter(StallWatch())


def test_a_process_publishes_its_calls_its_ceiling_and_that_it_drains(
    reporter, settings, monkeypatch
):
    settings.MAX_CALLS_PER_PROCESS = 40
    monkeypatch.setattr(capacity, "count", 7)
    reporter.write(now=NOW)
    found = ProcessReport.objects.get()
    assert (found.name, found.version, found.at) == (reporter.name, VERSION, NOW)
    assert (found.calls, found.most_calls, found.room) == (7, 40, 33)
    assert found.memory_mb > 10

    monkeypatch.setattr(lifecycle, "is_draining", True)
    reporter.write(now=NOW)
    assert ProcessReport.objects.get().room == 0


def test_each_word_takes_the_place_of_the_last_in_one_statement(reporter):
    reporter.write(now=NOW)
    later = NOW + timedelta(seconds=5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        reporter.write(now=later)
    assert len(queries) == 1
    assert ProcessReport.objects.get().at == later


def test_it_publishes_the_health_of_providers(reporter, monkeypatch):
    part = PartHealth("llm", "openai")
    part.answered(0.25)
    part.failed(EngineBusy("try later, sk-canary"))
    monkeypatch.setattr(engine_health, "_parts", {("llm", "openai"): part})
    reporter.write(now=NOW)
    [engine] = ProcessReport.objects.get().engines
    assert engine["answers"] == engine["failures"] == 1
    assert (engine["wait_ms"], engine["last_error"]) == (250, "EngineBusy")
    assert "canary" not in str(engine)


def test_a_silent_process_is_stale_and_then_forgotten(reporter):
    reporter.write(now=NOW)
    report = ProcessReport.objects.get()
    assert not is_stale(report, now=NOW + STALE_AFTER)
    assert is_stale(report, now=NOW + STALE_AFTER + timedelta(seconds=1))
    assert list(reports(now=NOW)) == [report]
    assert list(reports(now=NOW + KEPT_FOR)) == []


@pytest.mark.django_db(transaction=True)
def test_it_reports_by_itself_and_takes_its_row_with_it(monkeypatch):
    for name in ("FIRST_SECONDS", "LOOK_SECONDS", "PERIOD_SECONDS"):
        monkeypatch.setattr(process_reports, name, 0.01)
    written = []
    is_written_twice = threading.Event()
    write = Reporter.write

    class Told(Reporter):
        def write(self, *, now) -> None:
            write(self, now=now)
            written.append(now)
            if len(written) == 2:
                is_written_twice.set()

    gone = Reporter(StallWatch())
    gone.write(now=NOW - KEPT_FOR)
    ProcessReport.objects.update(name="elsewhere:1")
    reporter, writer = Told(StallWatch()), RecordWriter()
    reporter.start(writer)
    assert is_written_twice.wait(GUARD_SECONDS)
    reporter.close()
    writer.close()
    assert not ProcessReport.objects.exists()


class HeldWriter:
    """A writer whose timed jobs the test runs."""

    def __init__(self) -> None:
        self.jobs: list[tuple] = []

    def submit_later(self, seconds, work, *, on_refused) -> bool:
        self.jobs.append((seconds, work, on_refused))
        return True

    def run(self) -> None:
        """Run the job that waits."""
        [(_seconds, work, _on_refused)] = self.jobs
        self.jobs.clear()
        work()


def order() -> None:
    ProcessReport.objects.update(drain_asked_at=NOW)


def test_an_order_is_followed_once_and_stays_in_the_row(db, monkeypatch):
    orders, writer = [], HeldWriter()
    reporter = Reporter(StallWatch(), on_order=lambda: orders.append(1))
    reporter.start(writer)
    for _ in range(2):
        writer.run()
    assert not orders
    order()
    monkeypatch.setattr(lifecycle, "is_draining", True)  # from here on it reports each second
    for _ in range(3):
        writer.run()
    assert orders == [1]
    report = ProcessReport.objects.get()
    assert (report.is_draining, report.drain_asked_at) == (True, NOW)


def test_between_two_reports_it_looks_for_an_order_and_writes_nothing(reporter):
    writer = HeldWriter()
    reporter.start(writer)
    writer.run()
    with CaptureQueriesContext(connection) as queries:
        writer.run()
    assert [each["sql"].split()[0] for each in queries] == ["SELECT"]


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
def test_one_that_starts_again_under_its_name_does_not_follow_the_order_of_before(
    db, monkeypatch, step
):
    before = Reporter(StallWatch())
    before.start(HeldWriter())
    before.write(now=NOW)
    order()  # and it is killed before it has taken its row away
    set_clock = SimpleNamespace(now=lambda: NOW + step)
    monkeypatch.setattr(process_reports, "timezone", set_clock)
    orders, writer = [], HeldWriter()
    after = Reporter(StallWatch(), on_order=lambda: orders.append(1))
    after.start(writer)
    writer.run()
    writer.run()
    assert not orders
    assert ProcessReport.objects.get().drain_asked_at is None


def test_calls_are_not_handed_to_a_process_that_was_ordered_to_drain(reporter):
    other = a_process("other:1")
    assert reporter.has_others()
    ProcessReport.objects.filter(pk=other.pk).update(drain_asked_at=NOW)
    assert not reporter.has_others()


def test_a_report_that_the_database_refuses_is_followed_by_the_next(reporter, caplog):
    writer = HeldWriter()
    jobs = writer.jobs
    reporter.start(writer)
    seconds, _, on_refused = jobs.pop()
    assert seconds == process_reports.FIRST_SECONDS
    on_refused(DataError())
    assert "process_not_reported" in caplog.text
    [(seconds, report, _)] = jobs
    assert seconds == process_reports.PERIOD_SECONDS
    report()
    assert ProcessReport.objects.get().name == reporter.name


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((django_settings.BASE_DIR / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
