"""Stores a caller's message, once, with the agent's redaction.

Name, number and text come from a model, so each is bounded here. Its e-mail is enqueued in the
same transaction (`usage.messages.mails`), and so is the reminder (`usage.messages.reminders`).
"""

import re
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.zones import zone_named
from agents.calendars import words as times
from agents.redaction.conversation import Kind, kinds_of, without
from agents.redaction.names import words_of
from agents.tools.base import MessageDraft
from usage.hooks import of_calls
from usage.messages.due import moment_of
from usage.models import Call, Message, Outbox
from usage.outbox import rows
from usage.records.caller_numbers import without_unseen
from usage.records.trusted_numbers import own_number
from voicex.database.storable import storable_text
from voicex.errors import MessageRefused

MAIL: Final = Outbox.Kind.SEND_MESSAGES
REMIND: Final = Outbox.Kind.REMIND_OF_MESSAGES
TAKEN: Final = "The message is taken and was passed on."
LONGEST_NAME: Final = 100  # characters, as its column
LONGEST_NUMBER: Final = 80
LONGEST_TEXT: Final = 2_000
DIGITS_IN_WORDS: Final = 4  # so many make a number of words
_DIGIT_WORDS: Final = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine"
    r"|null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun)\b",
    re.IGNORECASE,
)
# A caller has one or two; a model that goes in circles would fill an inbox.
MOST_OF_A_CALL: Final = 10


def take(call_id: int, given: MessageDraft, *, key: str, now: datetime) -> Message:
    """Store the message and have it mailed; what was stored for this `key` before is returned.

    So is a message of the same words that the call has left already. Raises MessageRefused: the
    call has left too many, or its words are deleted.
    """
    with transaction.atomic():
        calls = Call.objects.select_related("version", "org")
        # The row is locked as all that writes beside a call does: one message after the other.
        locked = calls.select_for_update(of=("self",), no_key=True)
        call = locked.defer("version__prompt", "version__facts", "version__prepared").get(
            pk=call_id
        )
        if call.words_deleted_at is not None:
            raise MessageRefused("What was said in this call is deleted already.")
        message = _message(call, given, key=key, now=now)
        left = list(Message.objects.filter(call=call).order_by("pk"))
        for known in left:
            if known.key == key or _is_same(known, message):
                known.call = call
                return known
        if len(left) >= MOST_OF_A_CALL:
            raise MessageRefused("This call has left too many messages to take another one.")
        message.save()
        rows.ensure(MAIL, call.pk, now=now)
        _remind_later(call, now=now)
        of_calls.message_taken(message, now=now)
    return message


def in_words(message: Message, language: str) -> str:
    """What was taken, for the model that had it taken. language: a tag, that of its times."""
    lines = (
        _noted(message.call, message.due_at, language) if message.due_at else TAKEN,
        f"Name: {message.name or 'not given'}.",
        f"Call back at: {message.number or 'no number is known'}.",
        f"Urgency: {'urgent' if message.is_urgent else 'normal'}.",
        f"Message: {message.text}",
    )
    return "\n".join(lines)


def _remind_later(call: Call, *, now: datetime) -> None:
    """Have people reminded, if nobody has taken the message by then; tests remind nobody."""
    minutes = call.org.reminder_minutes
    if minutes is not None and not call.is_test:
        rows.ensure_later(REMIND, call.pk, due_at=now + timedelta(minutes=minutes))


def _noted(call: Call, due_at: datetime, language: str) -> str:
    """The tool's result: a call back is noted for this time."""
    local = due_at.astimezone(zone_named(_zone_of(call)))
    said = times.in_words(local, language)
    return f"The call back is noted for {said}. A person calls. Tell the caller."


def _number_in(written: str) -> str:
    """What a model gives as a number, "" for words in its place ("unknown", "same number")."""
    is_one = any(map(str.isdigit, written)) or len(_DIGIT_WORDS.findall(written)) >= DIGITS_IN_WORDS
    return written if is_one else ""


def _message(call: Call, given: MessageDraft, *, key: str, now: datetime) -> Message:
    kinds = kinds_of(call.version.privacy)
    number = "" if Kind.NUMBERS in kinds else _number_in(_line(given.number))[:LONGEST_NUMBER]
    return Message(
        call=call,
        key=key,
        name="" if Kind.NAMES in kinds else _without(_line(given.name), kinds)[:LONGEST_NAME],
        number=_without(number, kinds)[:LONGEST_NUMBER] or own_number(call)[:LONGEST_NUMBER],
        text=_without(storable_text(given.text).strip(), kinds, name=given.name)[:LONGEST_TEXT],
        is_urgent=given.is_urgent,
        taken_at=now,
        due_at=_due_at(call, given, now=now),
    )


def _due_at(call: Call, given: MessageDraft, *, now: datetime) -> datetime | None:
    """When the caller is to be called back; None for a message without a time."""
    if not (given.day or given.time):
        return None
    days = call.org.transcript_days
    kept_until = None if days is None else call.opened_at + timedelta(days=days)
    return moment_of(given.day, given.time, _zone_of(call), now=now, kept_until=kept_until)


def _zone_of(call: Call) -> str:
    """By whose clocks the agent and its caller speak: of its opening hours, as it is told."""
    return call.version.opening.time_zone or call.org.time_zone


def _is_same(one: Message, other: Message) -> bool:
    return all(
        getattr(one, name) == getattr(other, name) for name in ("text", "name", "number", "due_at")
    ) and (one.is_urgent or not other.is_urgent)


def _line(text: str) -> str:
    """`text` on one line, without what cannot be seen."""
    return without_unseen(" ".join(storable_text(text).split()))


def _without(said: str, kinds: frozenset[Kind], *, name: str = "") -> str:
    """`said` without what the agent takes out of its calls. name: of the caller, as given."""
    return without(said, kinds, known=words_of(name))
