"""Webhook keys: issued, rotated with an overlap, revoked, revealed, and found by text."""

import os
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.carriers.accounts import with_accounts
from accounts.keys import key_text
from accounts.members.access import record
from accounts.models import ApiKey, Organization, User
from accounts.secrets.vault import seal, unseal
from voicex.database.prepared import PreparedRead
from voicex.errors import KeyRefused

_KEY: Final[PreparedRead[ApiKey]] = PreparedRead(
    lambda prefix, carrier: with_accounts(
        ApiKey.objects.select_related("org").filter(prefix=prefix), carrier=carrier
    ),
    prefix=CharField(),
    carrier=CharField(),
)

MOST: Final = 500  # usable keys of an organization; each process has those of all in memory
# Of those that ended before they were used; calls name the others, which are kept with them.
MOST_UNUSED: Final = 200
OVERLAP = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=1)


def key_context(org: Organization, prefix: str) -> str:
    """The context for which a key's text is sealed."""
    return f"org:{org.public_id}:api_key:{prefix}"


def ensure_room(org: Organization) -> None:
    """Raises ValidationError where `org` has as many usable keys as one may have.

    What creates one holds the organization's row, so that two requests do not both find room.
    """
    if usable_keys(org, now=timezone.now()).count() >= MOST:
        said = _("You can have up to %(limit)d API keys. Revoke one first.")
        raise ValidationError(said % {"limit": MOST})


def _create(org: Organization, *, label: str, actor: User | None) -> tuple[ApiKey, str]:
    Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    ensure_room(org)
    _delete_unused(org, now=timezone.now())
    minted = key_text.mint(os.urandom(key_text.RANDOM_BYTES))
    # 32 bits of prefix do meet sooner or later; the constraint catches a race.
    while ApiKey.objects.filter(prefix=minted.prefix).exists():
        minted = key_text.mint(os.urandom(key_text.RANDOM_BYTES))
    key = ApiKey.objects.create(
        org=org,
        label=label,
        prefix=minted.prefix,
        digest=key_text.digest(minted.text, pepper=settings.API_KEY_PEPPERS[0]),
        ciphertext=seal(minted.text, context=key_context(org, minted.prefix)),
        created_by=actor,
    )
    return key, minted.text


def _delete_unused(org: Organization, *, now: datetime) -> None:
    """Delete the keys that ended without a call, but for the latest MOST_UNUSED.

    Issuing and revoking costs nothing, and would fill the database.
    """
    unused = ended_keys(org, now=now).filter(last_used_at=None)
    # In a query of its own: one with an offset deletes nothing.
    oldest = list(unused.values_list("pk", flat=True)[MOST_UNUSED:])
    if oldest:
        ApiKey.objects.filter(org=org, pk__in=oldest).delete()


@transaction.atomic
def issue_key(org: Organization, *, label: str, actor: User | None = None) -> tuple[ApiKey, str]:
    """Create a webhook key of `org`; returns it and its text. Raises ValidationError for too many
    keys.
    """
    key, text = _create(org, label=label, actor=actor)
    record(org, actor=actor, action="key.issued", target=str(key))
    return key, text


@transaction.atomic
def label_key(org: Organization, *, key: ApiKey, label: str, actor: User | None) -> None:
    """Rename the organization's `key`; does nothing without a change."""
    if ApiKey.objects.filter(org=org, pk=key.pk).exclude(label=label).update(label=label):
        key.label = label
        record(org, actor=actor, action="key.labelled", target=str(key))


@transaction.atomic
def rotate_key(
    org: Organization, *, key: ApiKey, actor: User | None, overlap: timedelta = OVERLAP
) -> tuple[ApiKey, str]:
    """Create a replacement for `key`, which keeps working for `overlap`.

    Raises KeyRefused if `key` is not the organization's, is revoked or was already rotated,
    so that a form sent twice rotates once; ValidationError for too many keys.
    """
    rotated = ApiKey.objects.filter(org=org, pk=key.pk, revoked_at=None, expires_at=None).update(
        expires_at=timezone.now() + overlap
    )
    if not rotated:
        raise KeyRefused("Only a key that is in use can be rotated")
    new, text = _create(org, label=key.label, actor=actor)
    record(org, actor=actor, action="key.rotated", target=f"{key} to {new}")
    return new, text


@transaction.atomic
def revoke_key(org: Organization, *, key: ApiKey, actor: User | None) -> None:
    """Refuse `key` from the next call on. Idempotent."""
    revoked = ApiKey.objects.filter(org=org, pk=key.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if revoked:
        record(org, actor=actor, action="key.revoked", target=str(key))


@transaction.atomic
def reveal_key(org: Organization, *, key: ApiKey, actor: User | None) -> str:
    """The text of `key`, for display to a user; writes an audit entry.

    Raises KeyRefused for a key of another organization, SecretUnreadable when its
    ciphertext cannot be opened.
    """
    if key.org_id != org.pk:
        raise KeyRefused
    text = unseal(key.ciphertext, context=key_context(org, key.prefix))
    record(org, actor=actor, action="key.revealed", target=str(key))
    return text


def find_key(text: str, *, now: datetime) -> ApiKey:
    """The usable key with this text, and its organization.

    Raises KeyRefused, without a reason, for anything unknown, revoked or expired.
    """
    key = known_key(text)
    if not key.is_usable(now):
        raise KeyRefused
    return key


def known_key(text: str, *, carrier: str = "") -> ApiKey:
    """The key with this text, usable or not, with its organization and its `known_accounts`.

    carrier: of those accounts; "" for none. Raises KeyRefused for an unknown key. Always takes
    one query and one HMAC for each configured pepper.
    """
    parsed = key_text.parse(text)
    prefix = parsed.prefix if parsed else ""
    key = _KEY.one(prefix=prefix, carrier=carrier)
    digest = key.digest if key else key_text.NO_DIGEST
    # With all of them, so that the time does not reveal which one it was.
    is_right = [key_text.matches(text, digest, pepper=each) for each in settings.API_KEY_PEPPERS]
    if key is None or not any(is_right):
        raise KeyRefused
    return key


def touch_key(key: ApiKey, *, now: datetime) -> None:
    """Record that `key` was used, with at most one write per minute."""
    if key.last_used_at is not None and key.last_used_at > now - TOUCH_EVERY:
        return
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=now - TOUCH_EVERY), pk=key.pk
    ).update(last_used_at=now)


def usable_keys(org: Organization, *, now: datetime) -> QuerySet[ApiKey]:
    """The organization's keys that admit calls now: those not yet rotated first, newest first."""
    return (
        ApiKey.objects.filter(org=org, revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .order_by(F("expires_at").desc(nulls_first=True), "-created_at", "-pk")
    )


def ended_keys(org: Organization, *, now: datetime) -> QuerySet[ApiKey]:
    """The organization's keys that were revoked or have expired, those that ended last first."""
    return (
        ApiKey.objects.filter(org=org)
        .filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=now))
        .order_by(Coalesce("revoked_at", "expires_at").desc(), "-pk")
    )
