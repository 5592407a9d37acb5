"""What Twilio posts, read from a Django request: the exact URL, and a checked form.

The form is hostile until proven otherwise: every value that goes on is checked here.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.utils.encoding import iri_to_uri

from voicex.errors import Malformed

# Twilio's own forms have 2 to 4 kB; the rest is room for SIP headers.
MAX_BODY_BYTES: Final = 64 * 1024
LONGEST_NUMBER: Final = 80  # a SIP address may stand in the place of a number

# "A 34 character string": https://www.twilio.com/docs/glossary/what-is-a-sid
_CALL_SID: Final = re.compile(r"CA[0-9a-fA-F]{32}")
_ACCOUNT_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class CallForm:
    """The fields that every request of Twilio about a call has."""

    call_sid: str
    account_sid: str
    from_number: str
    to_number: str


def posted_form(request: HttpRequest) -> QueryDict:
    """The form in the body. Raises Malformed for any other body, or one above 64 KiB."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Malformed("The body must be a form (application/x-www-form-urlencoded).")
    try:
        if len(request.body) > MAX_BODY_BYTES:
            raise Malformed("The body is larger than 64 KiB.")
        return request.POST
    except RequestDataTooBig as error:
        raise Malformed("The body is larger than 64 KiB.") from error
    except (BadRequest, TooManyFieldsSent, UnreadablePostError) as error:
        raise Malformed("The body cannot be read as a form.") from error


def call_sid_of(form: QueryDict) -> str:
    """The CallSid. Raises Malformed when it is missing or none of Twilio's."""
    return _sid(form, "CallSid", _CALL_SID)


def claimed_call_sid(request: HttpRequest) -> str:
    """The CallSid in the body, "" without one: for a note on a request that is not believed."""
    try:
        return call_sid_of(posted_form(request))
    except Malformed:
        return ""


def call_form(form: QueryDict) -> CallForm:
    """The checked fields of the voice webhook's form. Raises Malformed."""
    return CallForm(
        call_sid=call_sid_of(form),
        account_sid=_sid(form, "AccountSid", _ACCOUNT_SID),
        from_number=text_of(form, "From"),
        to_number=text_of(form, "To"),
    )


def text_of(form: QueryDict, field: str, *, longest: int = LONGEST_NUMBER) -> str:
    """A free text of the form, cut to `longest` characters, safe for every database."""
    return form.get(field, "").replace("\x00", "")[:longest]  # PostgreSQL stores no NUL


def _sid(form: QueryDict, field: str, pattern: re.Pattern[str]) -> str:
    value = form.get(field, "")
    if not pattern.fullmatch(value):
        raise Malformed(
            f"The form must hold {field}: {pattern.pattern[:2]} and 32 hexadecimal digits."
        )
    return value


def requested_url(request: HttpRequest) -> str:
    """The URL that Twilio asked for and signed, byte by byte.

    The origin is the configured one: Host and X-Forwarded-* are whatever the sender says.
    Path and query are as they came: Django's decoded forms spell some bytes differently.
    """
    raw_path = getattr(request, "scope", {}).get("raw_path")
    path = raw_path.decode("latin-1") if raw_path else iri_to_uri(request.path)
    query = request.raw_query  # type: ignore[attr-defined]  # set by KeyOutOfSight
    return f"{settings.TWILIO_APP_URL}{path}{'?' if query else ''}{query}"
