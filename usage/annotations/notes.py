"""Notes on calls: written and removed by members, deleted with the words of the call."""

from datetime import datetime
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import User
from usage.models import Call, CallNote
from voicex.database.storable import storable_text

LONGEST: Final = 2_000  # characters
MOST_OF_A_CALL: Final = 20


def add(call: Call, text: str, *, actor: User, now: datetime) -> CallNote:
    """Write a note on the call. Raises ValidationError, in words."""
    text = storable_text(text.replace("\r\n", "\n")).strip()
    if not text or len(text) > LONGEST:
        raise ValidationError(_("Enter a note of up to %(limit)d characters.") % {"limit": LONGEST})
    with transaction.atomic():
        rows = Call.objects.select_related("org").only("org", "words_deleted_at")
        locked = rows.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
        if locked.words_deleted_at is not None:
            raise ValidationError(
                _("What was said in this call was deleted, so it can’t have notes any more.")
            )
        if CallNote.objects.filter(call=call).count() >= MOST_OF_A_CALL:
            said = _("A call can have up to %(limit)d notes. Remove one first.")
            raise ValidationError(said % {"limit": MOST_OF_A_CALL})
        note = CallNote.objects.create(call=call, text=text, author=actor, created_at=now)
        record(locked.org, actor=actor, action="call.note_added", target=call.call_sid)
    return note


def remove(note: CallNote, *, actor: User, may_remove_others: bool) -> None:
    """Delete a note. Raises PermissionDenied for that of another, unless `may_remove_others`."""
    if note.author_id != actor.pk and not may_remove_others:
        raise PermissionDenied
    with transaction.atomic():
        deleted, _by_model = CallNote.objects.filter(pk=note.pk).delete()
        if deleted:
            call = note.call
            record(call.org, actor=actor, action="call.note_removed", target=call.call_sid)
