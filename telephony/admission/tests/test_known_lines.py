"""What a process knows of lines: the newest ones stay, and a key that is revoked goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.keys.api_keys import issue_key
from accounts.models import ApiKey
from telephony.admission import known_lines
from telephony.admission.known_lines import KnownLines
from testing.cast import Cast

pytestmark = pytest.mark.django_db


def test_the_keys_that_were_used_last_are_let_go_last(cast: Cast, monkeypatch):
    ApiKey.objects.all().delete()
    now = timezone.now()
    texts = []
    for used_at in (now, now - timedelta(days=1), None):
        key, text = issue_key(cast.acorn, label="line")
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=used_at)
        texts.append(text)
    newest, older, never = texts
    lines = KnownLines()
    lines.read()
    monkeypatch.setattr(known_lines, "MOST", 3)
    fresh, text = issue_key(cast.acorn, label="fresh")
    lines.learn(fresh, agent_id="", language="en")
    found = [lines.find(each, agent_id="") is not None for each in (newest, older, never, text)]
    assert found == [True, True, False, True]
    monkeypatch.setattr(known_lines, "MOST", 2)
    again = KnownLines()
    ApiKey.objects.filter(pk=fresh.pk).delete()
    again.read()
    assert [again.find(each, agent_id="") is not None for each in texts] == [True, True, False]


def test_a_key_that_is_revoked_is_forgotten(cast: Cast):
    key, text = issue_key(cast.acorn, label="line")
    lines = KnownLines()
    lines.learn(key, agent_id="", language="de")
    lines.read()
    assert lines.find(text, agent_id="")
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    lines.read()
    assert lines.find(text, agent_id="") is None


def test_who_asks_for_a_line_does_not_wait_while_those_read_are_put_in_order(
    cast: Cast, monkeypatch
):
    lines = KnownLines()
    key, _ = issue_key(cast.acorn, label="line")
    lines.learn(key, agent_id="", language="de")
    kept: list[bool] = []
    keep = known_lines._keep

    def note(*args) -> None:
        kept.append(lines._lock.locked())
        keep(*args)

    monkeypatch.setattr(known_lines, "_keep", note)
    lines.read()
    assert kept
    assert not any(kept)
    assert lines.has_been_read
