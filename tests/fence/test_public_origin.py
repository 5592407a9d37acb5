"""Absolute URLs, the scheme and the port come from the settings, whatever a request says."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from voicex.web.public_origin import PublicOrigin, public_url

HTTPS = "https://voicex.example"
FORGED = [
    {"HTTP_HOST": "localhost:6666"},
    {"HTTP_HOST": "127.0.0.1:1"},
    {"HTTP_HOST": "[::1]:99"},
    {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_HOST": "evil.test"},
    {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PORT": "6666"},
]


@pytest.fixture(autouse=True)
def _fresh_rate_limits(cheap_passwords):
    cache.clear()


def request_links(client: Client, **headers: Any) -> None:
    """Have every mail sent that a visitor can cause: for a known and an unknown address."""
    for address in ("alice@example.com", "nobody@example.com"):
        client.post(reverse("account_reset_password"), {"email": address}, **headers)
        form = {"email": address, "password1": "correct horse battery"}
        Client().post(reverse("account_signup"), form, **headers)


@pytest.mark.parametrize("headers", FORGED)
def test_no_mail_takes_its_host_from_a_request(client, cast, settings, headers):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    request_links(client, **headers)
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        text = f"{message.subject} {message.body}"
        origins = set(re.findall(r"[a-z]+://[^/\s]+", text))
        assert origins <= {settings.TWILIO_APP_URL}, text
        assert not re.search(r"6666|:99|127\.0\.0\.1|::1|evil", text)
    assert any(public_url("/accounts/") in message.body for message in mail.outbox)


def seen(headers: dict[str, str]) -> tuple[int, str, bool]:
    """Status, absolute URL and security of a request for /x, after the middleware."""
    request = RequestFactory().get("/x", **headers)
    answer = PublicOrigin(lambda _request: HttpResponse())(request)
    return answer.status_code, request.build_absolute_uri("/y"), request.is_secure()


@pytest.mark.parametrize("proto", ["", "http", "https", "HTTPS", "https, http"])
def test_only_the_settings_say_whether_the_site_is_https(settings, proto):
    forwarded = {"HTTP_X_FORWARDED_PROTO": proto} if proto else {}
    assert seen({"HTTP_HOST": "localhost", **forwarded}) == (200, public_url("/y"), False)
    settings.TWILIO_APP_URL = settings.MEDIA_APP_URL = HTTPS
    settings.ALLOWED_HOSTS = ["voicex.example"]
    assert seen({"HTTP_HOST": "voicex.example", **forwarded}) == (200, f"{HTTPS}/y", True)


def test_a_request_in_the_clear_can_still_be_sent_to_https(settings):
    settings.TWILIO_APP_URL, settings.SECURE_SSL_REDIRECT = HTTPS, True
    settings.ALLOWED_HOSTS = ["voicex.example"]
    plain = Client().get("/", HTTP_HOST="voicex.example", HTTP_X_FORWARDED_PROTO="http")
    assert (plain.status_code, plain.url) == (301, f"{HTTPS}/")


@pytest.mark.parametrize(
    ("host", "status"),
    [("voicex.example", 200), ("voicex.example:443", 200), ("voicex.example:6666", 400)],
)
def test_the_port_is_compared_where_the_site_is_https(settings, host, status):
    settings.TWILIO_APP_URL = settings.MEDIA_APP_URL = HTTPS
    settings.ALLOWED_HOSTS = ["voicex.example"]
    assert seen({"HTTP_HOST": host})[0] == status


def test_a_public_url_with_a_port_is_reached_at_that_port(settings):
    settings.TWILIO_APP_URL = settings.MEDIA_APP_URL = f"{HTTPS}:8443"
    settings.ALLOWED_HOSTS = ["voicex.example"]
    assert seen({"HTTP_HOST": "voicex.example:8443"}) == (200, f"{HTTPS}:8443/y", True)
    assert seen({"HTTP_HOST": "voicex.example"})[0] == 400


def test_pages_that_need_mail_say_that_none_is_sent(client, db, settings):
    page = client.get(reverse("account_reset_password"))
    assert "doesn’t send email".encode() not in page.content
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    for name in ("account_reset_password", "account_reset_password_done"):
        page = client.get(reverse(name))
        assert "doesn’t send email".encode() in page.content
        assert b'type="submit"' not in page.content.partition(b"<main")[2]
