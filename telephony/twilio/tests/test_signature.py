"""X-Twilio-Signature: what proves that a webhook comes from the client's own account."""

import base64
import hashlib
import hmac

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import QueryDict
from django.test import RequestFactory

from accounts.carriers.accounts import named_account
from accounts.secrets.vault import SealedSecrets, store_secret
from telephony.carriers.registry import auth_tokens
from telephony.twilio.carrier import TWILIO
from telephony.twilio.forms import requested_url
from telephony.twilio.signatures import sign, signature_is_valid
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, attempts
from usage.models import Call
from voicex.web.middleware import HideApiKey

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
# The example of Twilio's own documentation and of the tests of its libraries.
TWILIOS_OWN = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def is_valid(**changed):
    request = {"tokens": [TOKEN], "url": URL, "params": FORM, "signature": sign(TOKEN, URL, FORM)}
    return signature_is_valid(**(request | changed))


# --- The algorithm and the traps around it -------------------------------------------------------


def test_twilios_own_example_is_valid():
    assert is_valid(signature=TWILIOS_OWN)


def test_an_empty_token_accepts_nothing():
    forged = base64.b64encode(
        hmac.new(
            b"", (URL + "".join(k + FORM[k] for k in sorted(FORM))).encode(), hashlib.sha1
        ).digest()
    ).decode()
    assert not is_valid(tokens=[""], signature=forged)
    assert not is_valid(tokens=["", TOKEN], signature=forged)
    with pytest.raises(ValueError, match="empty auth token"):
        sign("", URL, FORM)


@pytest.mark.parametrize(
    ("signed", "came"),
    [
        ("agent_id=6&api_key=vx_%31&x=1", "api_key=vx_%31&x=1&agent_id=6"),  # signed as sorted
        ("api_key=vx_%31&agent_id=6&x=1", "agent_id=6&api_key=vx_%31&x=1"),  # sorted on its way
        ("a=1&a1=2", "a1=2&a=1"),  # by their names: "=" comes behind the digits
    ],
)
def test_a_signature_holds_when_the_query_was_sorted(signed, came):
    origin = "https://voicex.example:8443/api/twilio/voice?"
    for spelling in (origin, origin.replace(":8443", "")):
        signature = sign(TOKEN, spelling + signed, FORM)
        assert is_valid(url=origin + came, signature=signature)
        assert not is_valid(url=origin + came.replace("=1", "=2"), signature=signature)
        assert not is_valid(url=origin + came + "&more=1", signature=signature)


def test_without_a_token_nothing_is_valid():
    assert not is_valid(tokens=[])
    assert not is_valid(tokens=[None])


@pytest.mark.parametrize("signature", [None, "", "0", "\u00e4" * 28, "\ud800", "x" * 100_000])
def test_a_missing_or_senseless_header_is_refused_without_a_fault(signature):
    assert not is_valid(signature=signature)


def test_either_of_two_tokens_is_good_while_one_rotates():
    assert is_valid(tokens=["another", TOKEN])
    assert not is_valid(tokens=["another", "third"])


@pytest.mark.parametrize(
    "changed",
    [
        {"url": URL.replace("foo=1&bar=2", "bar=2&foo=1")},
        {"url": URL.replace("foo", "%66oo")},
        {"url": URL.replace("https", "http")},
        {"url": URL + "&agent_id=664a1234abcd"},
        {"url": URL.replace("mycompany.com", "evil.example")},
        {"params": FORM | {"From": "+1"}},
        {"params": FORM | {"Extra": "1"}},
        {"params": {}},
    ],
)
def test_a_request_that_was_altered_is_refused(changed):
    assert not is_valid(**changed)


@pytest.mark.parametrize(
    ("signed", "requested"),
    [
        ("https://voicex.example/a?b=1", "https://voicex.example:443/a?b=1"),
        ("https://voicex.example:443/a?b=1", "https://voicex.example/a?b=1"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://127.0.0.1/a", "http://127.0.0.1:8000/a"),
        ("http://[::1]/a", "http://[::1]:8000/a"),
        ("wss://voicex.example:443/a", "wss://voicex.example/a"),
        ("wss://voicex.example/a", "wss://voicex.example:443/a"),
    ],
)
def test_a_port_may_be_signed_or_not(signed, requested):
    assert is_valid(url=requested, params={}, signature=sign(TOKEN, signed, {}))


@pytest.mark.parametrize("query", ["?", "?a=b;c", "?a=%7e&b=~", "?a=1#x", "?x=a+b&y=%20"])
def test_a_url_is_signed_byte_by_byte_not_normalized(query):
    url = f"https://voicex.example/a{query}"
    joined = hmac.new(TOKEN.encode(), url.encode(), hashlib.sha1).digest()
    assert is_valid(url=url, params={}, signature=base64.b64encode(joined).decode())


def test_a_form_with_repeated_and_blank_fields_is_signed_as_twilio_does():
    form = QueryDict("B=2&B=1&A=&C=%C3%A4")
    joined = hmac.new(TOKEN.encode(), (URL + "AB1B2C\u00e4").encode(), hashlib.sha1).digest()
    assert is_valid(params=form, signature=base64.b64encode(joined).decode())


# --- The URL that was requested ------------------------------------------------------------------


def asgi_request(*, raw_path, query):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/twilio/voice",
        "raw_path": raw_path,
        "query_string": query,
        "headers": [(b"host", b"evil.example"), (b"x-forwarded-host", b"evil.example")],
    }
    request = ASGIRequest(scope, None)
    HideApiKey(lambda request: None)(request)
    return request


def test_path_and_query_are_taken_as_they_were_sent(settings):
    settings.TWILIO_APP_URL = "https://voicex.example"
    request = asgi_request(
        raw_path=b"/api/twilio/v%6fice", query=b"agent_id=%36&api_key=vx_%31&x=%C3%A4+~"
    )
    assert requested_url(request) == (
        "https://voicex.example/api/twilio/v%6fice?agent_id=%36&api_key=vx_%31&x=%C3%A4+~"
    )


def test_without_a_raw_path_the_path_is_encoded_again():
    request = RequestFactory().post("/api/twilio/after/a b")
    HideApiKey(lambda request: None)(request)
    assert requested_url(request) == "http://localhost:8000/api/twilio/after/a%20b"


# --- At the webhook ------------------------------------------------------------------------------

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
NEXT_TOKEN = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def signed_line(line: PhoneNumber) -> PhoneNumber:
    """A line whose organization has given its auth token."""
    store_secret(line.org, name="twilio_auth_token", value=AUTH_TOKEN, actor=None)
    return line


def test_an_organization_without_a_token_is_served_unverified(line: PhoneNumber):
    assert line.rings(token=AUTH_TOKEN).status_code == 200
    assert not Call.objects.get().is_verified


def test_a_signed_webhook_is_verified(signed_line: PhoneNumber):
    assert signed_line.rings(token=AUTH_TOKEN).status_code == 200
    assert Call.objects.get().is_verified


def test_both_tokens_work_while_one_rotates(signed_line: PhoneNumber):
    store_secret(signed_line.org, name="twilio_auth_token_next", value=NEXT_TOKEN, actor=None)
    tokens = auth_tokens(SealedSecrets(signed_line.org), carrier=TWILIO)
    assert sorted(tokens) == sorted([AUTH_TOKEN, NEXT_TOKEN])
    assert signed_line.rings(token=AUTH_TOKEN).status_code == 200
    assert signed_line.rings(token=NEXT_TOKEN, CallSid=OTHER_CALL).status_code == 200


@pytest.mark.parametrize("token", ["", NEXT_TOKEN])
def test_a_missing_or_forged_signature_is_refused(signed_line: PhoneNumber, token, logged):
    response = signed_line.rings(token=token)

    assert (response.status_code, response.content) == (403, b"Forbidden.")
    assert attempts(signed_line.org) == [("refused", "bad_signature", CALL_SID)]
    assert [event["log_level"] for event in logged] == ["warning"]
    assert not Call.objects.exists()


def test_a_request_that_a_rule_signs_with_another_key_says_so(signed_line: PhoneNumber):
    other = {"X-Twilio-Webhooks-Signature-Settings": "key=webhooks_key_1,algorithm=HMAC_SHA256"}
    assert signed_line.rings(token=NEXT_TOKEN, headers=other).status_code == 403
    assert attempts(signed_line.org) == [("refused", "signed_by_rule", CALL_SID)]
    # Nobody is believed more, or less, for naming a key.
    assert signed_line.rings(token=AUTH_TOKEN, headers=other).status_code == 200


def test_a_forged_first_call_teaches_no_account(signed_line: PhoneNumber):
    signed_line.rings(token=NEXT_TOKEN)
    signed_line.org.refresh_from_db()
    assert named_account(signed_line.org, carrier="twilio") == ""


def test_a_signature_is_not_good_for_another_agent(signed_line: PhoneNumber):
    signature = sign(AUTH_TOKEN, f"http://localhost:8000{signed_line.url()}", signed_line.form())
    response = signed_line.rings(
        url=signed_line.url(agent_id=signed_line.agent.public_id),
        headers={"X-Twilio-Signature": signature},
    )
    assert response.status_code == 403


def test_a_proxy_that_says_another_host_changes_nothing(signed_line: PhoneNumber):
    response = signed_line.rings(
        token=AUTH_TOKEN,
        headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    )
    assert response.status_code == 200


def test_an_odd_encoding_of_the_key_is_still_what_was_signed(signed_line: PhoneNumber):
    key = "".join(f"%{ord(letter):02x}" for letter in signed_line.key_text)
    url = f"/api/twilio/voice?x=%7e&api%5fkey={key}"
    assert signed_line.rings(url=url, token=AUTH_TOKEN).status_code == 200
