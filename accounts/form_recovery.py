"""Restores the contents of a form after its session has expired.

A POST that is redirected to the log-in stores the typed texts in the visitor's session, and the
log-in then leads back to the page of the form. That page shows the texts again
(`templates/_form_recovery.html`) and, with JavaScript, puts them back into the form; it never
submits them by itself. Where the texts are too long or too many to be kept, the page of the log-in
says so. A request by htmx is answered with 401 and HX-Redirect, because a log-in
page inserted into another page would be useless.

A POST about something that is gone is answered with 404; one that the member's new role does not
allow, or whose form is older than the latest sign-in, with 403. Those pages show the texts, to be
copied (`templates/_unsaved_entries.html`). Nothing of them is stored.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.login.sessions import address_of
from accounts.rate_limits import is_within
from voicex.web.client_address import limited_address

_SESSION_KEY: Final = "interrupted_form"
KEPT_SECONDS: Final = 3600
# Fields that pages write by themselves.
_OF_PAGES: Final = ("csrfmiddlewaretoken", "here", "next", "accepted")
# Fields that say over which state the texts were typed: of drafts, and of the price book.
_SEEN: Final = ("view", "latest")
# An anonymous visitor may leave no more than this in the database, in characters.
MOST_KEPT: Final = 120_000
KEPT_A_MINUTE: Final = 60  # of all visitors
# Of an address: without it one stranger, who may send a form a second, has all of the above.
KEPT_OF_AN_ADDRESS: Final = 30  # an hour
LONGEST_CHOICE: Final = 64  # characters of a value that a button or a choice sends
# Never kept: what proves who one is. The names are those of our forms and of allauth's.
_SECRET: Final = re.compile(
    r"password|token|secret|key|code|credential|otp|\Avalue\Z", re.IGNORECASE
)

GetResponse = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class TypedText:
    """One field as it was posted."""

    name: str
    value: str

    @property
    def is_as_shown(self) -> bool:
        """Whether nobody typed it: what the page showed (`dashboard.merging`)."""
        return self.name.startswith("initial-") or self.name in _SEEN


class FormRecoveryMiddleware:
    """Keeps the fields of a POST that the log-in interrupts, and redirects htmx requests."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 302:
            return response
        target = response.headers["Location"]
        is_htmx = bool(getattr(request, "htmx", False))
        if _asks_to_log_in(request, target):
            page = page_of(request)
            if request.method == "POST" and not keep(request, page=page):
                messages.warning(request, lost(), fail_silently=True)
            if request.method == "POST" or is_htmx:
                response = redirect_to_login(page)
        elif not urlsplit(target).path.startswith("/accounts/"):
            return response
        return _sent_by_htmx(response) if is_htmx else response


def page_of(request: HttpRequest) -> str:
    """The page from which the request was made; its own path if the browser does not tell."""
    stated = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(stated, allowed_hosts={request.get_host()})
    if not stated or not is_ours:
        return request.get_full_path()
    parts = urlsplit(stated)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def keep(request: HttpRequest, *, page: str) -> bool:
    """Store the typed texts in the session, for the next visit of `page`; False: they are lost.

    Secrets are left out; a form longer than MOST_KEPT, or one too many, is not kept at all.
    """
    fields = _fields(request)
    if all(text.is_as_shown for text in _texts(fields)):
        return True
    if sum(len(name) + len(value) for name, value in fields) > MOST_KEPT or not _may_keep(request):
        return False
    request.session[_SESSION_KEY] = {"page": page, "at": int(time.time()), "fields": fields}
    # Of a visitor's session: the log-in gives the session its full life again.
    request.session.set_expiry(KEPT_SECONDS)
    return True


def _may_keep(request: HttpRequest) -> bool:
    """Count one form, first of its address, so that one address uses up no one else's."""
    address = limited_address(address_of(request) or "")  # "" of all behind a tunnel
    if address and not is_within(KEPT_OF_AN_ADDRESS, seconds=3600, name=f"interrupted:{address}"):
        return False
    return is_within(KEPT_A_MINUTE, seconds=60, name="interrupted")


def lost() -> str:
    """What a person reads whose texts could not be kept."""
    return _(
        "Your entries couldn’t be kept for you. If your browser still shows them when you go back, "
        "copy them before you sign in."
    )


def take(request: HttpRequest) -> list[TypedText]:
    """Return and remove the texts that were typed into a form of this page before the log-in."""
    session = getattr(request, "session", None)
    if session is None or _is_visitor(request):
        return []
    kept = session.get(_SESSION_KEY)
    if kept is None or urlsplit(kept["page"]).path != request.path:
        return []
    del session[_SESSION_KEY]
    if kept["at"] + KEPT_SECONDS < time.time():
        return []
    return _texts(kept["fields"])


def unsaved(request: HttpRequest) -> list[TypedText]:
    """The texts of a member's POST that the view refused as a whole, for the page that says so.

    Empty if nothing in it was written: then it was the press of a button.
    """
    # Without a view nothing has checked that one of our own pages sent it.
    if request.method != "POST" or request.resolver_match is None or _is_visitor(request):
        return []
    typed = [text for text in _texts(_fields(request)) if not text.is_as_shown]
    return typed if any(_is_written(text.value) for text in typed) else []


def _fields(request: HttpRequest) -> list[list[str]]:
    """The name and text of each field that was filled in, without what proves who one is."""
    return [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name not in _OF_PAGES and not _SECRET.search(name) and isinstance(value, str)
    ]


def _is_written(value: str) -> bool:
    """Whether it was written: ids and choices are short, without blanks, and no addresses."""
    is_of_a_page = value.isascii() and len(value.split()) <= 1 and len(value) <= LONGEST_CHOICE
    return (bool(value) and not is_of_a_page) or "://" in value


def _texts(fields: Iterable[list[str]]) -> list[TypedText]:
    return [TypedText(name, value) for name, value in fields]


def _asks_to_log_in(request: HttpRequest, target: str) -> bool:
    """Whether `target` is the log-in with this request as its next page, not a mere link to it."""
    parts = urlsplit(target)
    return (
        _is_visitor(request)
        and parts.path == resolve_url(settings.LOGIN_URL)
        and parse_qs(parts.query).get("next") == [request.get_full_path()]
    )


def _is_visitor(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is None or not user.is_authenticated


def _sent_by_htmx(redirect: HttpResponse) -> HttpResponse:
    answer = HttpResponse(status=401)
    answer.headers["HX-Redirect"] = redirect.headers["Location"]
    return answer
