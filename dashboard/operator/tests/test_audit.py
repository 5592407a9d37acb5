"""What the operator sees of the audit log: the last check, and the platform's own entries."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit.check import Place
from accounts.audit.models import AuditCheck
from accounts.members.access import record
from accounts.models import AuditEntry
from testing.office import browser_of
from usage import tasks

AUDIT = import_module("accounts.migrations.0006_audit_log_is_append_only").Migration.operations[-1]
PAGE = "/operator/audit/"


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


def test_before_the_first_check_the_page_says_so(olga):
    assert "No check has run yet" in olga.get(PAGE).text


def test_a_sound_log_is_shown_with_its_size(olga):
    tasks.check_audit()
    text = olga.get(PAGE).text
    assert "2 entries in 2 chains" in text
    assert "No entries are changed, missing or moved" in text


def test_a_log_that_was_changed_in_the_database_is_an_alarm(cast, olga):
    with connection.cursor() as cursor:
        undo = AUDIT.unguard[connection.vendor]
        for statement in undo:
            cursor.execute(statement)
    AuditEntry.objects.filter(org=cast.acorn).update(target="nothing")
    tasks.check_audit()
    text = olga.get(PAGE).text
    assert "The check found 1 fault in the audit log" in text
    assert "changed or moved" in text
    assert "Acorn" in text
    assert "No entries are changed" not in text


def test_a_check_that_is_under_way_is_not_shown_and_one_that_is_missing_is_said(olga):
    tasks.check_audit()
    late = "No check of the audit log has been completed for more than two days"
    assert late not in olga.get(PAGE).text
    done = AuditCheck.objects.get()
    AuditCheck.objects.create(
        at=timezone.now(), entries=1, chains=0, fault_count=1, place=Place().as_json()
    )
    AuditCheck.objects.filter(pk=done.pk).update(at=timezone.now() - timedelta(days=3))
    text = olga.get(PAGE).text
    assert late in text
    assert "The check found" not in text


def test_entries_of_the_platform_are_for_operators_alone(cast, olga):
    record(None, actor=cast.olga, action="quota.changed", target="of the platform")
    record(cast.acorn, actor=cast.alice, action="quota.changed", target="of Acorn")
    text = olga.get(PAGE).text
    assert "of the platform" in text
    assert "of Acorn" not in text
    assert "of the platform" not in browser_of(cast.alice).get(_log_of(cast)).text
    assert browser_of(cast.alice).get(PAGE).status_code == 404


def test_the_schedule_checks_every_night(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.keep_audit.name, tasks.check_audit.name} <= names


def _log_of(cast):
    return f"/o/{cast.acorn.public_id}/audit/"
