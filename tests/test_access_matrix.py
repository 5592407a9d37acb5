"""Every role at every route of the site: pages, the admin, machines' routes, sockets.

An organization's own pages have their table in dashboard/tests/test_tenancy.py, and the operator's
in dashboard/operator/tests/test_access.py; here are all other routes, and the promise that no route
of the site is in none of the three.
"""

import asyncio
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dashboard.operator.tests import test_access
from dashboard.tests import test_tenancy
from testing.calls.media_stream import Stream
from testing.calls.media_stream import start as twilios_start
from testing.calls.served import media_process, state
from testing.cast import Cast
from testing.guard import GUARD_SECONDS
from testing.office import Office, browser_of
from voicex.asgi import application

VIEWER, MEMBER, ADMIN, OWNER = "vera", "bob", "adam", "alice"
OPERATOR, ELSEWHERE, NOBODY = "olga", "charlie", ""
MEMBERS = [VIEWER, MEMBER, ADMIN, OWNER]
PEOPLE = [*MEMBERS, OPERATOR, ELSEWHERE, NOBODY]

# What a GET gives to a logged-in user, and to a visitor. "in": redirected because one is logged
# in, or to the start page; "log in": to the log-in page; "on": to another page of the account.
ROUTES = {
    "account_login": ("in", 200),
    "account_signup": ("in", 200),
    "account_logout": (200, "in"),
    "account_inactive": (200, 200),
    "account_reauthenticate": (200, "log in"),
    "account_email": (200, "log in"),
    "account_email_verification_sent": (200, 200),
    "account_change_password": (200, "log in"),
    "account_set_password": ("on", "log in"),
    "account_reset_password": (200, 200),
    "account_reset_password_done": (200, 200),
    "account_reset_password_from_key": (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_confirm_email": (200, 200),
    "account_confirm_login_code": ("in", "log in"),
    "account_sessions": (200, "log in"),
    "account_end_session": (405, 405),
    "account_end_other_sessions": (405, 405),
    "mfa_index": (200, "log in"),
    "mfa_list_webauthn": (200, "log in"),
    "mfa_add_webauthn": ("on", "log in"),
    "mfa_edit_webauthn": ("on", "log in"),
    "mfa_remove_webauthn": ("on", "log in"),
    "mfa_reauthenticate_webauthn": ("on", "log in"),
    "mfa_login_webauthn": ("in", "log in"),
    "mfa_authenticate": ("in", "log in"),
    "mfa_reauthenticate": ("on", "log in"),
    "mfa_activate_totp": ("on", "log in"),
    "mfa_deactivate_totp": (404, "log in"),
    "mfa_view_recovery_codes": (404, "log in"),
    "mfa_generate_recovery_codes": ("on", "log in"),
    "mfa_download_recovery_codes": (404, "log in"),
    "set_language": ("in", "in"),
    "choose_theme": (405, 405),
    "design": (200, "log in"),
    "row_on_site": (404, 404),
    "home": ("on", 200),
    "status": (200, 200),
    "guides": (200, 200),
    "guide": (200, 200),
    "join": (404, 404),
    "shared_call": (404, 404),
    "shared_audio": (404, 404),
    "organizations": (200, "log in"),
    "new_organization": (200, "log in"),
    # Machines' routes look at signatures and tokens, never at a session.
    "favicon": ("on", "on"),
    "robots": (200, 200),
    "healthz": (200, 200),
    "readyz": (200, 200),
    "metrics": (200, 200),
    "telephony:voice": (405, 405),
    "telephony:status": (405, 405),
    "telephony:after": (405, 405),
    "telephony:stream-status": (405, 405),
    "telephony:dialed": (405, 405),
    "telephony:person": (405, 405),
    "telephony:key": (405, 405),
    "telephony:forwarded": (405, 405),
    "telephony:waiting": (405, 405),
    "telephony:music": (200, 200),
    "telephony:nowhere": (404, 404),
}
VALUES = {
    "key": "none",
    "uidb36": "1",
    "token": "none",
    "pk": "1",
    "session_id": "none",
    "name": "twilio",
}


def routes(resolver: URLResolver, app: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    """Name and pattern of every route, but those of the admin."""
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            if each.app_name != "admin":
                yield from routes(each, each.app_name or app, pattern)
        elif isinstance(each, URLPattern):
            name = each.name or getattr(each.callback, "__name__", "")
            yield (f"{app}:{name}" if app not in ("", "dashboard") else name), pattern


ALL = dict(routes(get_resolver()))


def test_every_route_of_the_site_is_in_a_table():
    operators = {f"operator:{name}" for name in test_access.ROUTES}
    members = {*test_tenancy.LEAST, *test_tenancy.BY_LINK}
    assert set(ALL) == {*members, *operators, *ROUTES}


def browser(cast: Cast, who: str) -> Client:
    return browser_of(getattr(cast, who)) if who else Client()


# Routes of the dashboard that are of no organization.
OF_THE_DASHBOARD = {
    "home",
    "status",
    "guides",
    "guide",
    "join",
    "organizations",
    "new_organization",
    "shared_call",
    "shared_audio",
}


def address(name: str) -> str:
    if name in ("healthz", "readyz", "metrics"):
        return f"/{name}"
    if name == "telephony:nowhere":
        return "/api/twilio/elsewhere"
    needed = {key: value for key, value in VALUES.items() if f"{key}>" in ALL[name]}
    namespace = "dashboard:" if name in OF_THE_DASHBOARD else ""
    return reverse(f"{namespace}{name}", kwargs=needed)


def outcome(response) -> int | str:
    """The status, or where one is sent in a word of the table above."""
    if response.status_code != 302:
        return response.status_code
    if response.url.startswith("/accounts/login/"):
        return "log in"
    return "in" if response.url == "/" else "on"


@pytest.mark.parametrize("name", ROUTES)
def test_everybody_gets_what_the_table_says(cast, name):
    logged_in, visitor = ROUTES[name]
    for who in PEOPLE:
        response = browser(cast, who).get(address(name))
        assert outcome(response) == (logged_in if who else visitor), who or "nobody"


CALLBACKS = [name for name in ROUTES if name.startswith("telephony:") and "music" not in name]


@pytest.mark.parametrize("name", CALLBACKS)
def test_no_log_in_opens_what_is_twilios(cast, name):
    for who in PEOPLE:
        response = browser(cast, who).post(address(name), {"CallSid": "CA" + "1" * 32})
        assert response.status_code in (400, 403, 404), who


def test_only_the_operator_comes_into_the_admin(cast):
    pages = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
    for who in PEOPLE:
        visitor = browser(cast, who)
        for page in pages:
            status = visitor.get(page).status_code
            # 403: what no one may add by hand, such as a line of the ledger.
            assert status in ((200, 403) if who == OPERATOR else (302, 404)), (who, page)


CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}


class Socket(Stream):
    """A browser's socket to the whole application, opened by a page of the site."""

    def __init__(self, path: str, session_key: str) -> None:
        super().__init__()
        headers = {
            "host": "localhost",
            "origin": "http://localhost",
            "cookie": f"sessionid={session_key}",
        }
        self.scope = {
            "type": "websocket",
            "path": path,
            "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
            "subprotocols": [],
        }

    async def is_kept(self, says: list[dict[str, str]]) -> bool:
        """Whether the server keeps the socket open when it receives `says`."""
        self.inbox.put_nowait({"type": "websocket.connect"})
        for message in says:
            self.sends(message)
        with media_process():
            self.scope["state"] = state()
            return await self._is_kept(says)

    async def _is_kept(self, says: list[dict[str, str]]) -> bool:
        served = asyncio.create_task(application(self.scope, self.receive, self.send))
        # A client that says nothing waits for an answer; one that says something wrong, for the
        # end.
        last = "websocket.close" if says else ""
        await self.until(lambda: self.sent and self.sent[-1]["type"].startswith(last))
        is_kept = self.sent[-1]["type"] == "websocket.accept"
        self.disconnects()
        await asyncio.wait([served], timeout=GUARD_SECONDS)
        return is_kept


# Who may open each socket, and what it sends first. No one has a ticket here: sockets that carry
# calls refuse a session as they refuse a visitor.
SOCKETS = {
    "/live/{org}/": (MEMBERS, []),
    "/live/{org}/listen/{call}/": ([ADMIN, OWNER], []),
    "/api/browser/stream": ([], [{"event": "start", "ticket": "made-up"}]),
    "/api/twilio/stream": ([], [CONNECTED, twilios_start("made-up")]),
    "/elsewhere": ([], []),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_opens_for_whom_the_table_says(cast, path):
    office = Office(cast.acorn)
    call = office.rings("CA" + "7" * 32)
    welcome, says = SOCKETS[path]
    for who in PEOPLE:
        key = browser(cast, who).session.session_key if who else "none"
        socket = Socket(path.format(org=cast.acorn.public_id, call=call.call_sid), key)
        assert asyncio.run(socket.is_kept(says)) == (who in welcome), who or "nobody"
