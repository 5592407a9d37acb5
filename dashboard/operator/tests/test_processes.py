"""An operator has a media process drain, from the Status page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from telephony.models import ProcessReport
from testing.office import browser_of
from testing.processes import a_process


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


def place(report: ProcessReport) -> str:
    return f"/operator/processes/{report.pk}/drain/"


def is_ordered(report: ProcessReport) -> bool:
    report.refresh_from_db()
    return report.drain_asked_at is not None


def test_a_process_is_drained_after_a_question(olga, cast):
    one = a_process("one:1")
    a_process("two:2")
    page = olga.get("/operator/")
    assert f'data-ask href="{place(one)}"' in page.text
    question = olga.get(place(one))
    assert "Longer ones move to another process, between two sentences" in question.text
    assert not is_ordered(one)
    page = olga.post(place(one), follow=True)
    assert "The process was told to drain." in page.text
    assert is_ordered(one)
    assert "told to drain" in page.text
    assert f'data-ask href="{place(one)}"' not in page.text
    entry = AuditEntry.objects.get(action="process.drained")
    assert (entry.org, entry.actor, entry.target) == (None, cast.olga, "one:1")
    assert "told a media process to drain" in olga.get("/operator/audit/").text
    assert "is draining already" in olga.post(place(one), follow=True).text
    assert AuditEntry.objects.filter(action="process.drained").count() == 1


def test_the_last_process_takes_a_question_that_says_what_its_callers_hear(olga):
    one = a_process("one:1")
    two = a_process("two:2")
    assert "only process" not in olga.get(place(one)).text
    two.delete()  # since the question
    page = olga.post(place(one))
    assert page.status_code == 409
    assert "agents say goodbye to callers" in page.text
    assert not is_ordered(one)
    assert 'name="last" value="yes"' in olga.get(place(one)).text
    olga.post(place(one), {"last": "yes"})
    assert is_ordered(one)


def test_one_that_has_ended_or_says_nothing_is_not_drained(olga):
    silent = a_process("silent:1", at=timezone.now() - timedelta(minutes=5))
    assert place(silent) not in olga.get("/operator/").text
    gone = a_process("gone:2")
    ProcessReport.objects.filter(pk=gone.pk).delete()
    assert "has ended already" in olga.post(place(gone), follow=True).text
    assert not AuditEntry.objects.filter(action="process.drained").exists()


def test_an_old_session_signs_in_again_first(cast):
    one = a_process("one:1")
    a_process("two:2")
    browser = browser_of(cast.olga, logged_in_ago=10_000)
    for response in (browser.get(place(one)), browser.post(place(one))):
        assert response.status_code == 302
        assert response.url.startswith("/accounts/reauthenticate/")
    assert not is_ordered(one)
