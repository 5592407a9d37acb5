"""Access checks for calls from a browser: origin, logged-in member, valid ticket.

Browsers send cookies with sockets opened by any site, so the origin is checked first. Functions
that read the database run on a thread.
"""

from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from accounts.members.access import Visitor, admit, visitor
from accounts.permissions import TRY_AGENTS
from telephony.admission.tickets import read_ticket
from usage.models import Call
from usage.records import calls
from voicex.errors import TicketRefused
from voicex.settings.origins import is_loopback

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def _header(scope: Any, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return str(values[0].decode("latin-1")) if len(values) == 1 else ""


def is_same_origin(scope: Any) -> bool:
    """Whether the socket was opened by a page of this site, at the host that it was opened to.

    The scheme and the port are those of the public URL: an attacker between a browser and us can
    write any page at http://, and send it here. What comes from this machine has no such way.
    """
    host = _header(scope, b"host")
    try:
        origin = urlsplit(_header(scope, b"origin"))
        name, port = origin.hostname or "", _port(origin)
    except ValueError:  # no URL at all, such as "http://["
        return False
    if not host or origin.netloc.lower() != host.lower():
        return False
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    public = urlsplit(settings.TWILIO_APP_URL)
    return is_loopback(name) or (origin.scheme, port) == (public.scheme, _port(public))


def _port(url: SplitResult) -> int | None:
    return url.port or _DEFAULT_PORTS.get(url.scheme)


def session_key_of(scope: Any) -> str:
    """The key of the browser's session, "" when it has sent none."""
    cookies = parse_cookie(_header(scope, b"cookie"))
    return str(cookies.get(settings.SESSION_COOKIE_NAME, ""))


def visitor_id(session_key: str) -> int | None:
    """The id of the user who is logged in with that session; None without one."""
    found = visitor(session_key) if session_key else None
    return found.user.pk if found is not None else None


def may_try(session_key: str, *, org_id: str) -> bool:
    """Whether the session is one of a member who may try the agents of `org_id`, now."""
    found = visitor(session_key)
    return found is not None and _is_admitted(found, org_id)


def _is_admitted(found: Visitor, org_id: str) -> bool:
    admitted = admit(found.user, found.session, org_id=org_id, now=timezone.now())
    return admitted is not None and admitted.membership.is_at_least(TRY_AGENTS)


def redeem(session_key: str, ticket_text: str) -> Call:
    """Redeem a ticket and return its call, now live; once, and only for the member who opened it.

    Raises TicketRefused.
    """
    found = visitor(session_key)
    ticket = read_ticket(ticket_text)
    if found is None:
        raise TicketRefused
    opened = (
        Call.objects.filter(pk=ticket.call_id, started_by=found.user).select_related("org").first()
    )
    if opened is None or not _is_admitted(found, opened.org.public_id):
        raise TicketRefused
    call = calls.redeem_ticket(
        call_id=ticket.call_id,
        ticket_id=ticket.ticket_id,
        carrier=opened.carrier,
        stream_sid="",
        call_sid=opened.call_sid,
        account_sid="",
        now=timezone.now(),
    )
    if call is None:
        raise TicketRefused
    return call
