"""Sockets are opened by pages of this site: scheme, host and port, as the public URL says."""

import pytest

from telephony.browser.access import is_same_origin

PUBLIC = "https://voicex.example"


def opened(host: str, origin: str | None) -> bool:
    headers = [(b"host", host.encode("latin-1"))]
    if origin is not None:
        headers.append((b"origin", origin.encode("latin-1")))
    return is_same_origin({"headers": headers})


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.TWILIO_APP_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["voicex.example", "own.example", "localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("voicex.example", "https://voicex.example"),
        ("voicex.example:443", "https://voicex.example:443"),
        ("VOICEX.example", "https://voicex.EXAMPLE"),
        ("own.example", "https://own.example"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_page_of_this_site_opens_sockets(host, origin):
    assert opened(host, origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("voicex.example", "http://voicex.example"),  # written by a proxy in between
        ("voicex.example:80", "http://voicex.example:80"),
        ("voicex.example:8443", "https://voicex.example:8443"),
        ("voicex.example", "https://voicex.example:8443"),
        ("voicex.example", "https://evil.example"),
        ("evil.example", "https://evil.example"),  # a name that leads to our address
        ("voicex.example", "https://voicex.example.evil.example"),
        ("voicex.example", "https://voicex.example@evil.example"),
        ("voicex.example", "null"),
        ("voicex.example", "file://"),
        ("voicex.example", "http://["),
        ("voicex.example", "https://voicex.example:x"),
        ("voicex.example", ""),
        ("voicex.example", None),
        ("", "https://voicex.example"),
        ("", ""),
        ("localhost.evil.example", "https://localhost.evil.example"),
    ],
)
def test_any_other_page_does_not(host, origin):
    assert not opened(host, origin)


def test_two_origins_are_none():
    headers = [(b"host", b"voicex.example"), *[(b"origin", b"https://voicex.example")] * 2]
    assert not is_same_origin({"headers": headers})
