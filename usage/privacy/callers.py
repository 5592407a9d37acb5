"""Finds all data of one caller, by number, address or a member's e-mail address.

Callers with a withheld or unrecognised number cannot be found, as nothing distinguishes their calls
from others.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import Organization, User
from usage.models import Call, CallNote, FlightRecord, Message, Recording, Turn
from usage.records.caller_numbers import (
    UNKNOWN,
    WITHHELD,
    caller_of,
    places_of_other_spellings,
    spelled_like,
    wholes_of,
)
from voicex.database.beginnings import within

_SALT: Final = "voicex.caller"
_DIGEST_SHOWN: Final = 16  # hex digits, as the audit log has it


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who called an organization.

    name: the number or address in its one spelling, or the mail address of a member who tried
    agents; numbers: how it is stored with calls; member_id: the member's, None for a number.
    """

    name: str
    numbers: tuple[str, ...] = ()
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """How much an organization has of one caller. open_calls: live, or still being stored."""

    calls: int
    open_calls: int
    turns: int
    recordings: int
    event_records: int
    messages: int
    notes: int
    first_at: Any  # datetime, None without calls
    last_at: Any


def is_withheld(text: str) -> bool:
    """Whether `text` is a word for a withheld number, which finds no caller."""
    return wholes_of(text) == (WITHHELD,)


def callers_named(org: Organization, text: str) -> list[Caller]:
    """The callers of `org` with calls that `text` denotes in full, in any form.

    Usually one or none; several if digits alone leave the country open.
    """
    if is_withheld(text):
        return []
    found = [_by_number(org, number) for number in wholes_of(text)]
    return [each for each in [*found, _by_mail(org, text)] if each is not None]


def caller_of_call(org: Organization, call_id: int) -> Caller | None:
    """The caller of this call of `org`; None where the call names none, or none any more."""
    call = Call.objects.filter(org=org, pk=call_id).select_related("started_by").first()
    if call is None:
        return None
    if not call.is_test:
        number = caller_of(call.from_number)
        return _by_number(org, number) if number not in (WITHHELD, UNKNOWN) else None
    member = call.started_by
    return Caller(member.email, member_id=member.pk) if member is not None else None


def names(text: str, caller: Caller) -> bool:
    """Whether `text` names this caller in full, in any spelling."""
    return caller.name in wholes_of(text) or caller.name.lower() == text.strip().lower()


def calls_of(org: Organization, caller: Caller) -> QuerySet[Call]:
    """Their calls, oldest first."""
    return Call.objects.filter(_calls(caller), org=org).order_by("opened_at", "pk")


def held_of(org: Organization, caller: Caller) -> Held:
    """The amount of stored data of the caller."""
    calls = calls_of(org, caller)
    ids = calls.order_by().values("pk")
    turns = Turn.objects.filter(org=org, call__in=ids)
    records = FlightRecord.objects.filter(org=org, call__in=ids)
    sounds = Recording.objects.filter(org=org, call__in=ids, deleted_at=None)
    of_calls = calls.order_by().aggregate(
        calls=Count("pk"), first_at=Min("opened_at"), last_at=Max("opened_at")
    )
    return Held(
        open_calls=open_calls_of(org, caller).count(),
        turns=turns.exclude(text="", heard_text="").count(),
        recordings=sounds.count(),
        event_records=records.exclude(events=b"").count(),
        messages=Message.objects.filter(org=org, call__in=ids).count(),
        notes=CallNote.objects.filter(org=org, call__in=ids).count(),
        **of_calls,
    )


def open_calls_of(org: Organization, caller: Caller) -> QuerySet[Call]:
    """The caller's calls that are live, or whose recording is still being stored."""
    is_stored_now = Q(recording__state=Recording.State.RUNNING)
    return calls_of(org, caller).filter(Q(ended_at=None) | is_stored_now)


def digest_of(org: Organization, caller: Caller) -> str:
    """A digest to compare with others of the same caller of `org`: 64 hex digits.

    Keyed, because there are too few telephone numbers for a plain digest to hide one.
    """
    mac = salted_hmac(_SALT, f"{org.public_id}:{caller.name}", algorithm="sha256")
    return mac.hexdigest()


def in_audit(org: Organization, caller: Caller) -> str:
    """How the audit log names them: not by the number, and the same each time."""
    return f"caller {digest_of(org, caller)[:_DIGEST_SHOWN]}"


def _calls(caller: Caller) -> Q:
    if caller.member_id is not None:
        return Q(started_by=caller.member_id) & ~Q(channel=Call.Channel.PHONE)
    return Q(from_number__in=caller.numbers, channel=Call.Channel.PHONE)


def _by_number(org: Organization, number: str) -> Caller | None:
    """Calls of before there was one spelling have others: read where those can be."""
    calls = Call.objects.filter(org=org).order_by()
    ranges = (within("from_number", *place) for place in places_of_other_spellings(number))
    others = calls.filter(reduce(or_, map(Q, ranges)), from_number__iregex=spelled_like(number))
    itself = calls.filter(from_number=number)
    stored = itself.values("from_number").union(others.values("from_number"))
    found = {row["from_number"] for row in stored}
    numbers = tuple(sorted(each for each in found if caller_of(each) == number))
    return Caller(number, numbers=numbers) if numbers else None


def _by_mail(org: Organization, text: str) -> Caller | None:
    """A present or former member who began tests here."""
    asked = text.strip()
    if "@" not in asked:
        return None
    # First who it is: few people have an address, and many calls are tests.
    people = list(User.objects.filter(email__iexact=asked).values_list("pk", flat=True))
    tests = Call.objects.filter(org=org, started_by__in=people)
    found = tests.exclude(channel=Call.Channel.PHONE).order_by()
    member = found.values_list("started_by", "started_by__email").first() if people else None
    return Caller(member[1], member_id=member[0]) if member else None
