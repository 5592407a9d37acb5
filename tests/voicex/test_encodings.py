"""Requests are in UTF-8: whatever else a header says would be read as something else."""

import pytest
from django.test import Client

from telephony.webhooks.asgi import WebhookApplication
from tests.security.applications import Request
from voicex.web.middleware import OTHER_ENCODING

PAGE = "/accounts/login/"
FORM = "application/x-www-form-urlencoded"
# Some are no encodings of text, some make halves of characters, one spells a NUL as UTF-8 does not.
OTHERS = ("hex", "zlib", "undefined", "unicode_escape", "utf-7", "utf-16", "latin-1", "none-such")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain"])
def test_a_request_in_another_encoding_is_refused_in_words(db, name, kind):
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n+2AA-\r\n--x--\r\n'
    for method in ("GET", "POST"):
        answer = Client().generic(method, PAGE, body, f"{kind}; charset={name}")
        assert (answer.status_code, answer.text) == (400, OTHER_ENCODING)


@pytest.mark.parametrize("host", ["[::1", "a b", "elsewhere.example"])
def test_it_is_refused_before_a_host_that_is_none(db, host):
    kind = "multipart/form-data; boundary=x; charset=hex"
    answer = Client(raise_request_exception=False).generic(
        "POST", "/admin/usage/webhookattempt/", b"--x--", kind, HTTP_HOST=host
    )
    assert (answer.status_code, answer.text) == (400, OTHER_ENCODING)


def test_twilio_is_held_to_the_same():
    request = Request("POST", "/api/twilio/status", b"org=x", body=b"CallSid=CA1")
    for charset, status in (("UTF-8", 403), ("unicode_escape", 400), ("hex", 400)):
        request.headers = [
            (b"host", b"localhost"),
            (b"content-type", f"{FORM}; charset={charset}".encode()),
        ]
        assert WebhookApplication()._serve(request.scope(), request.body).status == status, charset


def test_a_query_of_bytes_that_are_no_text_is_refused():
    request = Request("POST", "/api/twilio/voice", b"api_key=\xff", [(b"host", b"localhost")])
    assert WebhookApplication()._serve(request.scope(), b"").status == 400


@pytest.mark.parametrize("name", ["utf-8", "UTF-8"])
def test_utf_8_is_read_by_all_its_names(db, name):
    answer = Client().generic(
        "POST", PAGE, "login=ü&password=x".encode(), f"{FORM}; charset={name}"
    )
    assert answer.status_code == 200
