"""A key's life: issued, found, rotated with an overlap, revoked, revealed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from accounts.keys import api_keys, key_text
from accounts.keys.api_keys import (
    find_key,
    issue_key,
    label_key,
    reveal_key,
    revoke_key,
    rotate_key,
    touch_key,
    usable_keys,
)
from accounts.models import ApiKey, AuditEntry
from voicex.errors import KeyRefused, SecretUnreadable

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def actions(org):
    return list(
        AuditEntry.objects.filter(org=org, action__startswith="key.").values_list(
            "action", flat=True
        )
    )


def test_an_issued_key_finds_its_organization_in_one_query(cast, django_assert_num_queries):
    key, text = issue_key(cast.acorn, label="sales line", actor=cast.alice)
    with django_assert_num_queries(1):
        found = find_key(text, now=NOON)
        assert found == key
        assert found.org.name == "Acorn"


def test_the_database_holds_neither_the_key_nor_its_secret(cast):
    key, text = issue_key(cast.acorn, label="", actor=None)
    stored = ApiKey.objects.filter(pk=key.pk).values_list().get()
    assert text[len("vx_") + 8 :] not in repr(stored)


@pytest.mark.parametrize("text", ["", "vx_nonsense", "vx_" + "0" * 40, "x" * 5000, "\ud800"])
def test_an_unknown_key_is_refused(cast, text, django_assert_num_queries):
    issue_key(cast.acorn, label="", actor=None)
    with django_assert_num_queries(1), pytest.raises(KeyRefused):
        find_key(text, now=NOON)


def test_the_right_prefix_with_a_wrong_secret_is_refused(cast):
    _, text = issue_key(cast.acorn, label="", actor=None)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    with pytest.raises(KeyRefused):
        find_key(wrong, now=NOON)


def test_every_refusal_costs_one_digest_and_says_the_same(cast, monkeypatch):
    key, revoked = issue_key(cast.acorn, label="", actor=None)
    revoke_key(cast.acorn, key=key, actor=None)
    digests = []
    real = key_text.digest
    monkeypatch.setattr(
        key_text,
        "digest",
        lambda text, *, pepper: digests.append(text) or real(text, pepper=pepper),
    )
    said = set()
    for text in ("garbage", "vx_" + "0" * 40, revoked):
        with pytest.raises(KeyRefused) as refused:
            find_key(text, now=NOON)
        said.add(str(refused.value))
    assert len(digests) == 3
    assert len(said) == 1


def test_a_revoked_key_is_refused_from_the_next_call_on(cast):
    key, text = issue_key(cast.acorn, label="", actor=None)
    revoke_key(cast.acorn, key=key, actor=cast.alice)
    revoke_key(cast.acorn, key=key, actor=cast.alice)
    with pytest.raises(KeyRefused):
        find_key(text, now=NOON)
    assert actions(cast.acorn) == ["key.revoked", "key.issued"]


def test_both_keys_open_during_the_overlap_and_then_only_the_new_one(cast):
    old, old_text = issue_key(cast.acorn, label="line", actor=None)
    new, new_text = rotate_key(cast.acorn, key=old, actor=cast.alice, overlap=timedelta(days=7))
    almost, after = NOON + timedelta(days=7, seconds=-1), NOON + timedelta(days=7)
    assert find_key(old_text, now=almost) == old
    assert find_key(new_text, now=after) == new
    assert new.label == "line"
    with pytest.raises(KeyRefused):
        find_key(old_text, now=after)


def test_a_key_rotates_once_and_a_revoked_one_not_at_all(cast):
    key, _ = issue_key(cast.acorn, label="", actor=None)
    new, _ = rotate_key(cast.acorn, key=key, actor=None)
    with pytest.raises(KeyRefused):
        rotate_key(cast.acorn, key=key, actor=None)
    revoke_key(cast.acorn, key=new, actor=None)
    with pytest.raises(KeyRefused):
        rotate_key(cast.acorn, key=new, actor=None)
    assert ApiKey.objects.count() == 2


def test_another_organizations_key_can_be_neither_rotated_revoked_nor_revealed(cast):
    key, text = issue_key(cast.acorn, label="", actor=None)
    with pytest.raises(KeyRefused):
        rotate_key(cast.birch, key=key, actor=cast.charlie)
    with pytest.raises(KeyRefused):
        reveal_key(cast.birch, key=key, actor=cast.charlie)
    revoke_key(cast.birch, key=key, actor=cast.charlie)
    assert find_key(text, now=NOON) == key
    assert actions(cast.birch) == []


def test_revealing_shows_the_key_again_and_leaves_a_trace(cast):
    key, text = issue_key(cast.acorn, label="", actor=cast.alice)
    assert reveal_key(cast.acorn, key=key, actor=cast.bob) == text
    entry = AuditEntry.objects.filter(action="key.revealed").get()
    assert (entry.actor, entry.target) == (cast.bob, str(key))
    assert text not in entry.target


def test_a_ciphertext_moved_to_another_key_does_not_open(cast):
    key, _ = issue_key(cast.acorn, label="", actor=None)
    other, _ = issue_key(cast.acorn, label="", actor=None)
    other.ciphertext = key.ciphertext
    with pytest.raises(SecretUnreadable):
        reveal_key(cast.acorn, key=other, actor=None)


def test_last_use_is_written_at_most_once_a_minute(cast):
    key, _ = issue_key(cast.acorn, label="", actor=None)
    seen = []
    for seconds in (0, 59, 60, 61):
        touch_key(key, now=NOON + timedelta(seconds=seconds))
        key.refresh_from_db()
        seen.append((key.last_used_at - NOON).total_seconds())
    assert seen == [0, 0, 60, 60]


def test_a_new_label_has_an_entry_and_the_same_label_has_none(cast):
    key, _ = issue_key(cast.acorn, label="sales", actor=None)
    label_key(cast.acorn, key=key, label="office", actor=cast.alice)
    label_key(cast.acorn, key=key, label="office", actor=cast.alice)
    label_key(cast.birch, key=key, label="stolen", actor=cast.alice)
    key.refresh_from_db()
    assert key.label == "office"
    assert actions(cast.acorn) == ["key.labelled", "key.issued"]
    assert actions(cast.birch) == []


def test_usable_keys_come_newest_first_with_those_about_to_expire_last(cast):
    first, _ = issue_key(cast.acorn, label="first", actor=None)
    second, _ = issue_key(cast.acorn, label="second", actor=None)
    third, _ = issue_key(cast.acorn, label="third", actor=None)
    rotated, _ = rotate_key(cast.acorn, key=third, actor=None)
    revoke_key(cast.acorn, key=first, actor=None)
    issue_key(cast.birch, label="foreign", actor=None)
    assert list(usable_keys(cast.acorn, now=NOON)) == [rotated, second, third]
    assert list(usable_keys(cast.acorn, now=NOON + timedelta(days=8))) == [rotated, second]


def test_an_organization_has_so_many_keys_at_most(cast, monkeypatch):
    """Each process keeps those of all organizations in memory, and the least used go first."""
    monkeypatch.setattr(api_keys, "MOST", 2)
    first, _ = issue_key(cast.acorn, label="")
    rotate_key(cast.acorn, key=first, actor=None)
    with pytest.raises(ValidationError, match="up to 2 API keys"):
        issue_key(cast.acorn, label="")
    issue_key(cast.birch, label="")
    revoke_key(cast.acorn, key=first, actor=None)
    second, _ = issue_key(cast.acorn, label="")
    with pytest.raises(ValidationError):
        rotate_key(cast.acorn, key=second, actor=None)
    second.refresh_from_db()
    assert second.expires_at is None


def test_keys_that_ended_without_a_call_are_deleted_but_for_the_latest(cast, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST_UNUSED", 2)
    foreign, _ = issue_key(cast.birch, label="")
    revoke_key(cast.birch, key=foreign, actor=None)
    used, _ = issue_key(cast.acorn, label="used")
    touch_key(used, now=NOON)
    for number in range(5):
        with time_machine.travel(NOON + timedelta(minutes=number), tick=False):
            key, _ = issue_key(cast.acorn, label=str(number))
            revoke_key(cast.acorn, key=key, actor=None)
    revoke_key(cast.acorn, key=used, actor=None)
    expired, _ = issue_key(cast.acorn, label="expired")
    rotated, _ = rotate_key(cast.acorn, key=expired, actor=None)
    with time_machine.travel(NOON + api_keys.OVERLAP, tick=False):
        issue_key(cast.acorn, label="new")
    kept = ApiKey.objects.filter(org=cast.acorn).order_by("pk")
    assert [key.label for key in kept] == ["used", "4", "expired", "expired", "new"]
    assert rotated in kept
    assert ApiKey.objects.filter(org=cast.birch).exists()


def test_ended_keys_come_in_the_order_in_which_they_ended(cast):
    first, _ = issue_key(cast.acorn, label="")
    second, _ = issue_key(cast.acorn, label="")
    rotate_key(cast.acorn, key=first, actor=None)
    revoke_key(cast.acorn, key=second, actor=None)
    assert list(api_keys.ended_keys(cast.acorn, now=NOON)) == [second]
    assert list(api_keys.ended_keys(cast.acorn, now=NOON + api_keys.OVERLAP)) == [first, second]
