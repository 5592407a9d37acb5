"""Links to one call's transcript: made, opened, revoked. They end by themselves."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import Organization, User
from usage.models import Call, CallShare
from voicex.database.row_scope import platform_wide

MOST_DAYS: Final = 30
MOST_OPEN: Final = 10  # links to one call
_TOKEN_BYTES: Final = 32
_LONGEST_TOKEN: Final = 100  # characters that are looked at


def create(
    call: Call, *, days: int, has_recording: bool, actor: User, now: datetime
) -> tuple[CallShare, str]:
    """Create a link that is valid for `days`; returns it with its token, which is not stored.
    Raises ValidationError.
    """
    if not 1 <= days <= MOST_DAYS:
        said = _("Choose between 1 and %(limit)d days.")
        raise ValidationError(said % {"limit": MOST_DAYS})
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        rows = Call.objects.select_related("org").only("org", "words_deleted_at", "ended_at")
        locked = rows.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
        if locked.words_deleted_at is not None:
            raise ValidationError(_("What was said in this call was deleted."))
        if locked.ended_at is None:
            raise ValidationError(_("Wait until the call has ended."))
        if open_links(call, now=now).count() >= MOST_OPEN:
            said = _("This call has %(limit)d links already. Revoke one first.")
            raise ValidationError(said % {"limit": MOST_OPEN})
        share = CallShare.objects.create(
            call=call,
            digest=_digest(token),
            has_recording=has_recording,
            created_by=actor,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        sound = ", with the recording" if has_recording else ""
        record(
            locked.org,
            actor=actor,
            action="call.shared",
            target=f"{call.call_sid}, for {days} days{sound}",
        )
    return share, token


def open_links(call: Call, *, now: datetime) -> QuerySet[CallShare]:
    """The valid links to the call, newest first."""
    found = CallShare.objects.filter(call=call, revoked_at=None, expires_at__gt=now)
    return found.select_related("created_by")


def revoke(call: Call, share_id: int, *, actor: User, now: datetime) -> bool:
    """Revoke a link; False if the call has no valid link with that id."""
    with transaction.atomic():
        if not open_links(call, now=now).filter(pk=share_id).update(revoked_at=now):
            return False
        record(call.org, actor=actor, action="call.unshared", target=call.call_sid)
    return True


def opened(token: str, *, now: datetime, is_counted: bool = True) -> CallShare | None:
    """The link of this token with its call, None if it is not valid.

    is_counted: count the access, for a page and not for a part of one.
    """
    if len(token) > _LONGEST_TOKEN:
        return None
    with platform_wide():
        share = (
            CallShare.objects.filter(
                digest=_digest(token),
                revoked_at=None,
                expires_at__gt=now,
                call__words_deleted_at=None,
                call__erasure=None,  # whose words go in a moment
                call__org__state=Organization.State.ACTIVE,
            )
            .select_related("call__org", "call__agent")
            .first()
        )
        if share is not None and is_counted:
            CallShare.objects.filter(pk=share.pk).update(
                opened_count=F("opened_count") + 1, opened_at=now
            )
    return share


def _digest(token: str) -> str:
    """Without a salt, because the token has 256 random bits and is looked up by its digest."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
