"""Reads Twilio's requests: the exact URL, and a validated form.

The form is untrusted: every value that is used is validated here.
"""

import codecs
import re
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import Final
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.utils.encoding import iri_to_uri

from telephony.carriers.base import IncomingCall
from usage.records.caller_numbers import called_of, caller_of
from voicex.errors import Malformed
from voicex.reasons.attestation import Attestation

# Twilio's own forms have 2 to 4 kB; the rest is room for SIP headers.
MAX_BODY_BYTES: Final = 64 * 1024
LONGEST_TEXT: Final = 80

# "A 34 character string": https://www.twilio.com/docs/glossary/what-is-a-sid
_CALL_SID: Final = re.compile(r"CA[0-9a-fA-F]{32}")
_CLAIMED_SIDS: Final = re.compile(rb"CallSid=(CA[0-9a-fA-F]{32})(?:&|\Z)")
_ACCOUNT_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")

_NUMBERS: Final = ("From", "To")
APP: Final = "whatsapp:"  # before the number of a caller who calls by it
# https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir, in StirVerstat
_ATTESTED: Final = {
    "TN-Validation-Passed-A": Attestation.FULL,
    "TN-Validation-Passed-B": Attestation.PARTIAL,
    "TN-Validation-Passed-C": Attestation.GATEWAY,
    "TN-Validation-Failed": Attestation.FAILED,
    "TN-Validation-Failed-A": Attestation.FAILED,
    "TN-Validation-Failed-B": Attestation.FAILED,
    "TN-Validation-Failed-C": Attestation.FAILED,
}
# A number that continues in letters; the names of the fields that can follow in a signature.
_RUN_TOGETHER: Final = re.compile(
    r"\A\+?[0-9]+[A-Za-z]"
    r"|(From|To)(City|Country|State|Zip)|ForwardedFrom|ParentCallSid|SipHeader_|SipDomain|StirVerstat"
    r"|StirPassportToken"
)


def posted_form(request: HttpRequest) -> QueryDict:
    """The form in the body. Raises Malformed for any other body, or one above 64 KiB.

    Duplicate names in form or query are refused. Twilio never sends them, and signature check and
    use might pick different values.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise Malformed("The body must be a form (application/x-www-form-urlencoded).")
    try:
        if len(request.body) > MAX_BODY_BYTES:
            raise Malformed("The body is larger than 64 KiB.")
        _name_charset_as_django_does(request)
        form = request.POST
    except RequestDataTooBig as error:
        raise Malformed("The body is larger than 64 KiB.") from error
    except (BadRequest, TooManyFieldsSent, UnreadablePostError) as error:
        raise Malformed("The body cannot be read as a form.") from error
    query = request.raw_query  # type: ignore[attr-defined]  # set by HideApiKey
    _make_sure_of_one("query", [unquote_plus(each.partition("=")[0]) for each in query.split("&")])
    _make_sure_of_one("form", [name for name, values in form.lists() for _ in values])
    return form


def _name_charset_as_django_does(request: HttpRequest) -> None:
    """Django parses only UTF-8 forms, and recognises one name of the charset."""
    with suppress(LookupError):
        if request.encoding and codecs.lookup(request.encoding).name in ("utf-8", "ascii"):
            request.encoding = "utf-8"


def _make_sure_of_one(where: str, names: list[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    if twice:
        raise Malformed(f"The {where} holds {twice[0][:40]!a} more than once; each may come once.")


def call_sid_of(form: QueryDict) -> str:
    """The CallSid. Raises Malformed if it is missing or invalid."""
    return _sid(form, "CallSid", _CALL_SID)


def parent_call_sid_of(form: QueryDict) -> str:
    """The caller's CallSid, in a request about the call of whom they are put through to."""
    return _sid(form, "ParentCallSid", _CALL_SID)


def claimed_call_sid(request: HttpRequest) -> str:
    """The CallSid claimed by an unverified request, for its record; "" without one."""
    try:
        return call_sid_of(posted_form(request))
    except Malformed:
        return ""


def claimed_call_sids(body: bytes) -> list[str]:
    """CallSid and ParentCallSid in a raw body, in any field that ends like that; at most three."""
    found = islice(_CLAIMED_SIDS.finditer(body, 0, MAX_BODY_BYTES), 3)
    return [each[1].decode() for each in found]


def call_form(form: QueryDict) -> IncomingCall:
    """The checked fields of the voice webhook's form. Raises Malformed.

    Of a call that the client has placed, the caller is the other party, too, who was called.
    """
    _make_sure_of_numbers(form)
    is_placed = form.get("Direction", "").startswith("outbound")
    caller, called = reversed(_NUMBERS) if is_placed else _NUMBERS
    return IncomingCall(
        call_id=call_sid_of(form),
        account_id=_sid(form, "AccountSid", _ACCOUNT_SID),
        from_number=caller_of(form.get(caller, "")),
        to_number=called_of(form.get(called, "")),
        attestation=_attestation_in(form.get("StirVerstat", "")),
        is_of_app=form.get(caller, "").strip().lower().startswith(APP),
    )


def _attestation_in(said: str) -> Attestation | None:
    """Of a call that came over another line, what is said of the number that called that one."""
    return _ATTESTED.get(said.removesuffix("-Diverted").removesuffix("-Passthrough"))


def _make_sure_of_numbers(form: QueryDict) -> None:
    """Raise Malformed if fields may have been concatenated.

    The signature covers names and values without separators: `From=+1555&To=+1556` and
    `From=+1555To+1556` have the same one.
    """
    for field in _NUMBERS:
        if _RUN_TOGETHER.search(form.get(field, "")):
            raise Malformed(f"{field} must be a telephone number, an address or a name.")
        if field not in form and any(field in value for value in form.values()):
            raise Malformed(f"The form must hold {field} as a field of its own.")


def text_of(form: QueryDict, field: str, *, longest: int = LONGEST_TEXT) -> str:
    """A free text of the form, truncated to `longest` characters, storable in every database."""
    return form.get(field, "").replace("\x00", "")[:longest]  # PostgreSQL stores no NUL


def _sid(form: QueryDict, field: str, pattern: re.Pattern[str]) -> str:
    value = form.get(field, "")
    if not pattern.fullmatch(value):
        raise Malformed(
            f"The form must hold {field}: {pattern.pattern[:2]} and 32 hexadecimal digits."
        )
    return value


def requested_url(request: HttpRequest) -> str:
    """The exact URL that Twilio requested and signed.

    The origin is the configured one, because Host and X-Forwarded-* are untrusted. Path and query
    are raw, because Django's decoded forms would be encoded differently.
    """
    raw_path = getattr(request, "scope", {}).get("raw_path")
    path = raw_path.decode("latin-1") if raw_path else iri_to_uri(request.path)
    query = request.raw_query  # type: ignore[attr-defined]  # set by HideApiKey
    return f"{settings.TWILIO_APP_URL}{path}{'?' if query else ''}{query}"
