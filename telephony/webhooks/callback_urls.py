"""Callback URLs for carriers, each signed for a call or an organization."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from telephony.admission.own_signatures import signature, unsigned
from usage.models import Call, WaitingCaller
from voicex.errors import SignatureRefused

# Its URLs are older than the other carriers, and stay valid.
_FIRST: Final = "twilio"
_STATUS: Final = "status"
# In the query: the language of the caller's words.
LANGUAGE: Final = "language"
# Likewise, signed: since when a caller waits for what follows, or is with somebody else.
SINCE: Final = "since"
# In the query of a URL that failed once, and is asked once more.
AGAIN: Final = "again"


class Callback(StrEnum):
    """The URLs of one call; each kind has tokens of its own."""

    AFTER = "after"
    STREAM_STATUS = "stream-status"
    # Of one transfer of a call: its dialled line is over; a person answers, and presses a key.
    DIALED = "dialed"
    PERSON = "person"
    KEY = "key"
    # Of a caller in line, after each piece of music.
    WAITING = "waiting"
    # Of a caller without a line, whom the organization's other number did not take.
    FORWARDED = "forwarded"


# The carrier does what is answered; reports are only noted.
_WITH_ANSWERS: Final = frozenset(Callback) - {Callback.STREAM_STATUS}


def _kind(kind: str, carrier: str) -> str:
    """The kind that a URL is signed for. It contains the carrier, so that a URL is not valid at
    another one.
    """
    return kind if carrier == _FIRST else f"{carrier}.{kind}"


def callback_url(kind: Callback, call: Call, *, row: int | None = None) -> str:
    """The callback URL of `call`, or of its transfer `row`."""
    path = reverse(f"{call.carrier}:{kind}", args=[make_callback_token(kind, call, row=row)])
    return f"{settings.TWILIO_APP_URL}{path}"


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The row (of a call or transfer) that a callback URL belongs to, and the call's stream.

    org: the organization's row; "" in URLs that releases before have made.
    """

    row: int
    generation: int
    org: str


def make_callback_token(kind: Callback, call: Call, *, row: int | None = None) -> str:
    """The last segment of the callback URL of `call`: its number, signed with the carrier's id.

    For each stream of a call it is another one. row: of a transfer, in the place of the call.
    """
    if row is None:
        return _token_of(kind, call, call.pk, call.generation)
    return _token_of(kind, call, row)


def waiting_url(caller: WaitingCaller) -> str:
    """Where the carrier asks again for a caller who waits."""
    path = reverse(
        f"{caller.carrier}:{Callback.WAITING}",
        args=[_token_of(Callback.WAITING, caller, caller.pk)],
    )
    return f"{settings.TWILIO_APP_URL}{path}"


def forwarded_url(org: Organization, *, carrier: str, call_id: str, language: str) -> str:
    """Where the carrier asks once the other number of `org` is done with a caller.

    Such a caller has no row: the token is for the carrier's id of the call. language: of the words
    that they hear then, in the query, as is the present moment.
    """
    token = _token(Callback.FORWARDED, carrier=carrier, call_id=call_id, org_id=org.pk)
    path = reverse(f"{carrier}:{Callback.FORWARDED}", args=[token])
    query = {SINCE: signed_moment(path, timezone.now())}
    if language:
        query[LANGUAGE] = language
    return f"{settings.TWILIO_APP_URL}{path}?{urlencode(query)}"


def signed_moment(path: str, moment: datetime) -> str:
    """`moment` for the query (SINCE) of the URL with that path."""
    since = round(moment.timestamp() * 1000)
    return f"{since}.{signature(SINCE, f'{path}.{since}')}"


def moment_of(request: HttpRequest) -> datetime | None:
    """The moment that the URL of `request` was given; None where it has none of ours."""
    written, _, given = request.GET.get(SINCE, "").partition(".")
    if unsigned(SINCE, f"{request.path}.{written}.{given}") is None:
        return None
    return datetime.fromtimestamp(int(written) / 1000, UTC)


def music_url(carrier: str) -> str:
    """What callers in line hear."""
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:music')}"


def _token_of(kind: Callback, about: Call | WaitingCaller, row: int, generation: int = 0) -> str:
    return _token(
        kind,
        carrier=about.carrier,
        call_id=about.carrier_call_id,
        org_id=about.org_id,
        number=f"{row}-{generation}" if generation else f"{row}",
    )


def _token(kind: Callback, *, carrier: str, call_id: str, org_id: int, number: str = "0") -> str:
    # With the organization: its URLs never expire, and it may have thousands of them, whose
    # requests take turns as those of one sender. Behind a dot, and signed last: a process of the
    # release before, which may run beside this one, takes it for a part of the signature.
    signed_for = f"{number}.{call_id}.{org_id}"
    return f"{number}.{org_id}.{signature(_kind(kind, carrier), signed_for)}"


def read_callback_token(kind: Callback, token: str, *, carrier: str, call_sid: str) -> CalledBack:
    """Read and verify `token` for the call `call_sid`.

    carrier: the name of the one that asks. Does not use the database. Raises SignatureRefused.
    """
    number, _, given = token.partition(".")
    if unsigned(_kind(kind, carrier), f"{number}.{call_sid}.{given}") is None:
        raise SignatureRefused
    row, _, generation = number.partition("-")
    org, _, _ = given.rpartition(".")  # "" in URLs of calls that began before an update
    return CalledBack(int(row), int(generation or 0), org)


def asked_again(failed_url: str, *, carrier: str, call_ids: Iterable[str]) -> str:
    """Where a call that is in progress goes on whose carrier failed to ask `failed_url`: there,
    once more. "" for what is no URL of ours, not of one of `call_ids`, or has failed again.

    A carrier asks the number's fallback URL then, which is that of a new call, and the answer to a
    new call would open a stream that the call has had, or put its caller through twice. It does not
    say again which key was pressed: the person is asked once more for theirs.
    """
    of_carrier = f"{settings.TWILIO_APP_URL}/api/{carrier}/"
    if not failed_url.startswith(of_carrier):
        return ""
    path, mark, query = failed_url.removeprefix(of_carrier).partition("?")
    kind, _, token = path.partition("/")
    if kind not in _WITH_ANSWERS or f"{AGAIN}=1" in query.split("&"):
        return ""
    for call_id in call_ids:
        with suppress(SignatureRefused):
            about = read_callback_token(Callback(kind), token, carrier=carrier, call_sid=call_id)
            if kind == Callback.KEY:
                return _question_again(about, carrier=carrier, call_id=call_id)
            return f"{failed_url}{'&' if mark else '?'}{AGAIN}=1"
    return ""


def _question_again(about: CalledBack, *, carrier: str, call_id: str) -> str:
    """Where a person is asked for a key whose key's URL failed, which `about` is of."""
    if not about.org:
        return ""
    org_id, kind = int(about.org), Callback.PERSON
    token = _token(kind, carrier=carrier, call_id=call_id, org_id=org_id, number=f"{about.row}")
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:{kind}', args=[token])}?{AGAIN}=1"


def status_callback_url(org: Organization, *, carrier: str = _FIRST) -> str:
    """The URL for "Call status changes" of an organization's number."""
    signed = signature(_kind(_STATUS, carrier), org.public_id)
    query = urlencode({"org": org.public_id, "signature": signed})
    return f"{settings.TWILIO_APP_URL}{reverse(f'{carrier}:{_STATUS}')}?{query}"


def read_status_query(*, carrier: str, org_id: str, given: str) -> str:
    """The public id of the organization that the URL was made for. Raises SignatureRefused.

    carrier: the name of the one that asks. given: the signature in the query.
    """
    genuine = unsigned(_kind(_STATUS, carrier), f"{org_id}.{given}")
    if genuine is None:
        raise SignatureRefused
    return genuine
