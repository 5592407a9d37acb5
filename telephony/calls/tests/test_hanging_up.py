"""A call that a member ends: its end and the entry of who wanted it are written together."""

import pytest
from django.utils import timezone

from telephony.calls import hanging_up
from testing.office import Office
from usage.models import Call


class AuditAway(Exception):
    """The audit log cannot be written."""


def test_a_call_is_not_ended_without_a_trace(cast, monkeypatch):
    def away(*_args, **_fields):
        raise AuditAway

    monkeypatch.setattr(hanging_up, "record", away)
    call = Office(cast.acorn).rings("CA1")
    with pytest.raises(AuditAway):
        hanging_up.hang_up(call, actor=cast.adam, now=timezone.now())
    assert Call.objects.get(pk=call.pk).end_reason == ""
