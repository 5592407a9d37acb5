"""Links to one call: for a while, revocable, and never longer than the words that they show."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, Organization, User
from testing.scene import NOW
from usage.billing.settlement import finalize
from usage.models import Call, CallShare
from usage.records import transcript_deletion
from usage.sharing import links


@pytest.fixture
def ann(db):
    return User.objects.create(email="ann@example.com")


@pytest.fixture
def call(scene):
    call = scene.talks()
    finalize(call.pk, reason="stop", now=NOW)
    return call


def share(call, ann, *, days=7, has_recording=False, now=NOW):
    return links.create(call, days=days, has_recording=has_recording, actor=ann, now=now)


def test_a_link_opens_its_call_until_it_expires(call, ann):
    made, token = share(call, ann, days=1)
    assert links.opened(token, now=NOW).call == call
    assert links.opened(token, now=NOW + timedelta(hours=23)).call == call
    assert links.opened(token, now=NOW + timedelta(days=1)) is None
    made.refresh_from_db()
    assert (made.opened_count, made.opened_at) == (2, NOW + timedelta(hours=23))
    assert made.org == call.org


def test_the_token_is_stored_nowhere(call, ann):
    _made, token = share(call, ann)
    stored = [str(value) for row in CallShare.objects.values() for value in row.values()]
    stored += [entry.target for entry in AuditEntry.objects.all()]
    assert all(token not in each for each in stored)
    assert len(token) >= 40


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\x00", "\ud800"])
def test_what_is_no_token_opens_nothing(call, ann, token):
    share(call, ann)
    assert links.opened(token, now=NOW) is None


@pytest.mark.parametrize("days", [0, -1, 31])
def test_a_link_is_good_for_a_month_at_most(call, ann, days):
    with pytest.raises(ValidationError):
        share(call, ann, days=days)


def test_a_link_that_is_revoked_opens_nothing_at_once(call, ann):
    made, token = share(call, ann)
    assert links.revoke(call, made.pk, actor=ann, now=NOW)
    assert links.opened(token, now=NOW) is None
    assert not links.revoke(call, made.pk, actor=ann, now=NOW)
    entries = AuditEntry.objects.order_by("pk").values_list("action", "target")
    assert list(entries) == [
        ("call.shared", f"{call.call_sid}, for 7 days"), ("call.unshared", call.call_sid),
    ]  # fmt: skip


def test_a_link_of_another_call_is_not_revoked_there(scene, call, ann):
    made, token = share(call, ann)
    other = scene.talks()
    assert not links.revoke(other, made.pk, actor=ann, now=NOW)
    assert links.opened(token, now=NOW)


def test_when_the_words_go_the_link_goes_and_no_other_is_made(call, ann):
    _made, token = share(call, ann)
    transcript_deletion.delete(call.pk, now=NOW)
    assert links.opened(token, now=NOW) is None
    with pytest.raises(ValidationError):
        share(call, ann)


def test_a_suspended_organization_shows_nothing(call, ann):
    _made, token = share(call, ann)
    Organization.objects.update(state=Organization.State.SUSPENDED)
    assert links.opened(token, now=NOW) is None


def test_a_live_call_is_not_shared_and_no_call_too_often(scene, call, ann):
    with pytest.raises(ValidationError):
        share(Call.objects.get(pk=scene.talks().pk), ann)
    for _ in range(links.MOST_OPEN):
        share(call, ann)
    with pytest.raises(ValidationError):
        share(call, ann)
    share(call, ann, now=NOW + timedelta(days=8))
