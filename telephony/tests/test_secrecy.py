"""A canary key goes through the webhook and through every fault; no sink may show it.

Sinks: the service's own log (JSON and console), a plain handler that another library added,
Django's debug page, the e-mail to the operators, TwiML and every other answer, the rows that
clients see.
"""

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.core import mail
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.log import AdminEmailHandler
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter
from uvicorn.protocols.utils import get_path_with_query_string

from accounts.models import AuditEntry
from accounts.secrets.vault import store_secret
from agents.versions.publishing import edit_agent
from telephony.admission import decision, webhook_keys
from telephony.twilio import carrier
from testing.phone_number import CALL_SID, PhoneNumber, post_form
from usage.models import WebhookAttempt
from voicex.web.middleware import HideApiKey, split_key

UNKNOWN_KIND_OF_SECRET = "correct-horse-battery-staple"
AUTH_TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00"


def fails(request: HttpRequest) -> HttpResponse:
    """A view outside of the webhooks that holds the key in every way a variable can."""
    key = request.api_key
    alias = key
    # Django's printer breaks long bytes into lines: here it would break in the key.
    blob = b"padding=" + b"x" * 50 + b"&api_key=" + key.encode() + b"&more=" + b"x" * 99
    ticket = UNKNOWN_KIND_OF_SECRET
    nested = {"deep": [{"headers": (("x-original-uri", f"/api/twilio/voice?api_key={alias}"),)}]}
    try:
        raise KeyError(alias)
    except KeyError as error:
        raise RuntimeError(
            f"no luck with {alias} of {len(blob)} in {len(nested)}{ticket[:0]}"
        ) from error


urlpatterns = [path("fails", fails), path("", include("voicex.urls"))]


@dataclass
class Sinks:
    """Everything that was written where people may read it."""

    ours: io.StringIO = field(default_factory=io.StringIO)
    console: io.StringIO = field(default_factory=io.StringIO)
    plain: io.StringIO = field(default_factory=io.StringIO)
    answers: list[str] = field(default_factory=list)

    def answered(self, response: HttpResponse) -> HttpResponse:
        """Keep what the asking side got to see."""
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        self.answers.append(f"{response.status_code}\n{headers}\n{response.content.decode()}")
        return response

    def texts(self) -> dict[str, str]:
        """Each sink's name and all that is in it."""
        letters = [
            part
            for message in mail.outbox
            for part in (message.subject, message.body, *(str(a[0]) for a in message.alternatives))
        ]
        rows = [
            str(row)
            for table in (WebhookAttempt, AuditEntry)
            for row in table.objects.values_list()
        ]
        return {
            "log": self.ours.getvalue(),
            "console": self.console.getvalue(),
            "plain handler": self.plain.getvalue(),
            "answers": "\n".join(self.answers),
            "mail": "\n".join(letters),
            "rows": "\n".join(rows),
        }

    def must_hide(self, *secrets: str) -> None:
        """Fail when a sink shows a secret, or any 10 characters of it in a row."""
        for name, text in self.texts().items():
            for secret in secrets:
                for start in range(len(secret) - 10 + 1):
                    assert secret[start : start + 10] not in text, name


@pytest.fixture
def sinks(settings, monkeypatch) -> Iterator[Sinks]:
    """Handlers of every kind on the root logger, down to DEBUG."""
    settings.ADMINS = [("Olga", "olga@example.com")]
    sinks = Sinks()
    root = logging.getLogger()
    [own] = [h for h in root.handlers if isinstance(h.formatter, ProcessorFormatter)]
    console = logging.StreamHandler(sinks.console)
    console.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=own.formatter.foreign_pre_chain,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                ConsoleRenderer(colors=False, exception_formatter=plain_traceback),
            ],
        )
    )
    added = [console, logging.StreamHandler(sinks.plain), AdminEmailHandler(include_html=True)]
    added[2].setLevel(logging.ERROR)
    # Says a page for each variable that a template of Django's does not find.
    monkeypatch.setattr(logging.getLogger("django.template"), "disabled", True)
    stream, level = own.setStream(sinks.ours), root.level
    root.setLevel(logging.DEBUG)
    for handler in added:
        root.addHandler(handler)
    yield sinks
    for handler in added:
        root.removeHandler(handler)
    root.setLevel(level)
    own.setStream(stream)


def secret_of(line: PhoneNumber) -> str:
    """The part of the key after its prefix, which may be shown."""
    return line.key_text[-32:]


def percent_encoded(text: str) -> str:
    return "".join(f"%{ord(letter):02X}" for letter in text)


def as_given(line: PhoneNumber) -> str:
    return f"api_key={line.key_text}"


def value_encoded(line: PhoneNumber) -> str:
    return f"x=1&api_key={percent_encoded(line.key_text)}"


def name_encoded(line: PhoneNumber) -> str:
    return f"api%5Fkey={line.key_text}&y=2"


def given_twice(line: PhoneNumber) -> str:
    return f"api_key={line.key_text}&api_key={line.key_text}"


SPELLINGS = [as_given, value_encoded, name_encoded, given_twice]


def answered(line: PhoneNumber, monkeypatch) -> None:
    """Nothing is wrong."""


def declined(line: PhoneNumber, monkeypatch) -> None:
    edit_agent(line.agent, actor=None, is_active=False)


def key_lookup_fails(line: PhoneNumber, monkeypatch) -> None:
    def known_key(text: str, *, carrier: str) -> None:
        raise RuntimeError(f"lookup of {text} failed")

    monkeypatch.setattr(webhook_keys, "known_key", known_key)


def database_fails(line: PhoneNumber, monkeypatch) -> None:
    def open_call(*, key: object, **_: object) -> None:
        text = line.key_text
        raise RuntimeError(f"insert failed: {text!r} {key}")

    monkeypatch.setattr(decision, "open_call", open_call)


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("arrange", "status"),
    [(answered, 200), (declined, 200), (key_lookup_fails, 500), (database_fails, 500)],
)
def test_no_sink_shows_the_key_of_a_webhook(
    line: PhoneNumber, sinks: Sinks, settings, monkeypatch, debug, spelling, arrange, status
):
    settings.DEBUG = debug
    arrange(line, monkeypatch)
    response = sinks.answered(line.rings(url=f"/api/twilio/voice?{spelling(line)}"))

    if spelling is given_twice and arrange is not key_lookup_fails:
        status = 400  # refused once the key is known
    assert response.status_code == status
    if status == 500:
        for sink in ("log", "console", "plain handler"):
            assert "carrier_webhook_failed" in sinks.texts()[sink]
            assert "RuntimeError" in sinks.texts()[sink]
    sinks.must_hide(secret_of(line), percent_encoded(secret_of(line)))


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("route", "more", "status"),
    [
        ("/fails", {}, 500),
        ("/nowhere", {}, 404),
        ("/api/twilio/voice/", {}, 404),
        ("/api/twilio/voice", {"content_type": "application/json"}, 400),
        ("/api/twilio/voice", {"headers": {"Host": "evil.example"}}, 400),
        ("/api/twilio/voice", {"padding": "&".join(f"p{n}=1" for n in range(1500))}, 400),
    ],
    ids=["a fault elsewhere", "404", "slash", "malformed", "wrong host", "too many fields"],
)
def test_no_error_page_or_mail_shows_the_key(
    line: PhoneNumber, sinks: Sinks, settings, debug, spelling, route, more, status
):
    settings.DEBUG = debug
    settings.ROOT_URLCONF = "telephony.tests.test_secrecy"
    more = dict(more)
    padding = more.pop("padding", "")
    url = f"{route}?{spelling(line)}&{padding}"
    if "content_type" in more:
        response = line.client.post(url, "{}", **more)
    else:
        response = post_form(line.client, url, line.form(), **more)

    assert sinks.answered(response).status_code == status
    if route == "/fails":
        assert "no luck with" in sinks.texts()["mail"]
        assert ("no luck with" in sinks.texts()["answers"]) == debug
        sinks.must_hide(UNKNOWN_KIND_OF_SECRET)
    sinks.must_hide(secret_of(line), percent_encoded(secret_of(line)))


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_no_sink_shows_an_auth_token(line: PhoneNumber, sinks: Sinks, settings, monkeypatch, debug):
    settings.DEBUG = debug
    store_secret(line.org, name="twilio_auth_token", value=AUTH_TOKEN, actor=None)

    def signature_is_valid(*, tokens: list[str], **_: object) -> bool:
        raise RuntimeError(f"cannot compare {tokens}")

    monkeypatch.setattr(carrier, "signature_is_valid", signature_is_valid)
    assert sinks.answered(line.rings(token=AUTH_TOKEN)).status_code == 500
    assert "cannot compare" in sinks.texts()["log"]
    sinks.must_hide(AUTH_TOKEN)


def test_twiml_says_nothing_of_the_key(line: PhoneNumber):
    assert secret_of(line)[:8] not in line.rings().content.decode()


def test_callback_urls_and_tickets_stay_out_of_the_log(line: PhoneNumber, sinks: Sinks):
    twiml = line.rings().content.decode()
    token = twiml.split("/api/twilio/after/")[1].split('"')[0]
    logging.getLogger("proxy").info("POST /api/twilio/after/%s 204", token)
    logging.getLogger("proxy").info("POST /api/twilio/status?org=1&signature=%s", token)
    assert "POST /api/twilio/after/[redacted] 204" in sinks.texts()["plain handler"]
    sinks.must_hide(token)


# --- Under a real server's scope -----------------------------------------------------------------


def asgi_scope(query: bytes) -> dict[str, object]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/api/twilio/voice",
        "raw_path": b"/api/twilio/voice",
        "query_string": query,
        "headers": [],
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_servers_access_log_finds_no_key_in_the_scope(line: PhoneNumber, spelling: Callable):
    scope = asgi_scope(spelling(line).encode())
    request = ASGIRequest(scope, io.BytesIO())
    HideApiKey(lambda request: HttpResponse())(request)

    assert request.api_key == line.key_text
    assert request.raw_query == spelling(line)
    assert "api_key=[redacted]" in get_path_with_query_string(scope)
    for shown in (get_path_with_query_string(scope), repr(request), str(request.GET)):
        assert secret_of(line) not in shown
        assert percent_encoded(secret_of(line)) not in shown


def test_a_query_that_is_no_text_is_refused_without_showing_the_key(
    line: PhoneNumber, sinks: Sinks
):
    _, response = ASGIHandler().create_request(
        asgi_scope(as_given(line).encode() + b"&\xff\xfe"), io.BytesIO()
    )
    assert sinks.answered(response).status_code == 400
    assert "UnicodeDecodeError" in sinks.texts()["plain handler"]
    sinks.must_hide(secret_of(line))


def test_only_the_key_is_taken_out_of_the_query():
    assert split_key("agent_id=66&api_key=vx_1&z=%7e") == (
        "agent_id=66&api_key=[redacted]&z=%7e",
        "vx_1",
    )
    assert split_key("") == ("", "")
    assert split_key("api_keys=1&=&api_key") == ("api_keys=1&=&api_key=[redacted]", "")
    assert split_key("api_key=a&api_key=b")[1] == "b"


def test_attempts_are_kept_without_the_url(line: PhoneNumber):
    line.rings(url=line.url(agent_id="664a1234abcd"))
    [row] = WebhookAttempt.objects.values("call_sid", "outcome", "reason")
    assert row == {"call_sid": CALL_SID, "outcome": "refused", "reason": "unknown_agent"}
