"""What comes twice, or run together, is refused: signer, checker and reader may take each another.

Twilio signs names and values without a mark between them, and sends no name twice.
"""

from urllib.parse import urlencode

import pytest

from accounts.secrets.vault import store_secret
from telephony.twilio.signatures import sign
from telephony.webhooks.callback_urls import Callback, make_callback_token, status_callback_url
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber
from usage.models import Call
from usage.records.caller_numbers import called_of, caller_of

TOKEN = "5" * 32
ORIGIN = "http://localhost:8000"


def posted(
    line: PhoneNumber, url: str, body: str, *, token: str = "", like: dict[str, str] | None = None
):
    """POST of a raw body; with `token`, under the signature of the form `like`."""
    headers = {"X-Twilio-Signature": sign(token, f"{ORIGIN}{url}", like or {})} if token else {}
    return line.client.post(
        url, body, content_type="application/x-www-form-urlencoded", headers=headers
    )


@pytest.mark.parametrize("field", ["From", "To", "CallSid", "AccountSid", "CallStatus", "X"])
@pytest.mark.parametrize("more", ["{0}=1", "{0}", "{0}=", "%{1:02X}{2}=1"])
def test_a_field_that_comes_twice_is_malformed(line: PhoneNumber, field, more):
    body = urlencode({"X": "1"} | line.form())
    again = more.format(field, ord(field[0]), field[1:])
    for doubled in (f"{body}&{again}", f"{again}&{body}"):
        response = posted(line, line.url(), doubled)
        assert response.status_code == 400
        assert f"'{field}' more than once" in response.text
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "api_key={key}&api_key={key}",
        "api_key=vx_0&api_key={key}",
        "api%5Fkey={key}&api_key={key}",
        "api_key={key}&agent_id={agent}&agent_id={agent}",
        "api_key={key}&agent_id&agent%5fid={agent}",
        "api_key={key}&x=1&x=1",
    ],
)
def test_a_parameter_of_the_query_that_comes_twice_is_malformed(line: PhoneNumber, query):
    query = query.format(key=line.key_text, agent=line.agent.public_id)
    response = posted(line, f"/api/twilio/voice?{query}", urlencode(line.form()))
    assert (response.status_code, line.key_text in response.text) == (400, False)
    assert not Call.objects.exists()


def test_a_stranger_with_two_keys_hears_of_nothing_but_the_key(line: PhoneNumber):
    response = posted(line, "/api/twilio/voice?api_key=vx_1&api_key=vx_2", "From=1&From=2")
    assert (response.status_code, response.content) == (403, b"Forbidden.")


def test_callbacks_take_nothing_twice_either(line: PhoneNumber):
    call = line.answered()
    status = status_callback_url(line.org).removeprefix(ORIGIN)
    after = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    stream = f"/api/twilio/stream-status/{make_callback_token(Callback.STREAM_STATUS, call)}"
    body = urlencode(line.form(CallStatus="completed", StreamEvent="stream-stopped"))
    for url in (after, stream, status):
        for doubled in (f"CallSid={OTHER_CALL}&{body}", f"{body}&CallStatus=completed"):
            assert posted(line, url, doubled).status_code == 400
    assert posted(line, f"{status}&org={line.org.public_id}", body).status_code == 400
    call.refresh_from_db()
    assert call.state == Call.State.OPENED


def run_together(form: dict[str, str], field: str) -> dict[str, str]:
    """`form` with the field behind `field` run into it, under the same signature."""
    names = sorted(form)
    following = names[names.index(field) + 1]
    value = form[field] + following + form[following]
    return {name: text for name, text in form.items() if name != following} | {field: value}


FIELDS = sorted(
    ["AccountSid", "CallSid", "CallStatus", "Direction", "From", "FromCity", "StirVerstat", "To"]
)
FORM = dict(
    zip(
        FIELDS,
        [
            "AC" + "0a" * 16,
            CALL_SID,
            "ringing",
            "inbound",
            "+4930123456",
            "BERLIN",
            "TN-Validation-Passed-A",
            "+4930654321",
        ],
        strict=True,
    )
)


@pytest.mark.parametrize("caller", ["+4930123456", "sip:tom@example.com", "client:Ann", ""])
@pytest.mark.parametrize("field", FIELDS[:-1])
def test_fields_that_were_run_together_do_not_pass_as_others(line: PhoneNumber, field, caller):
    """Every one that is used later stands for itself; the rest may be anything."""
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    form = FORM | {"From": caller}
    merged = run_together(form, field)
    assert sign(TOKEN, "u", form) == sign(TOKEN, "u", merged)
    response = posted(line, line.url(), urlencode(merged), token=TOKEN, like=form)
    if response.status_code == 200:
        call = Call.objects.get()
        assert (call.call_sid, call.account_sid) == (form["CallSid"], form["AccountSid"])
        assert call.from_number == caller_of(form["From"])
        assert call.to_number == called_of(form["To"])
    else:
        assert response.status_code == 400


@pytest.mark.parametrize("caller", ["+4930123456", "sip:tom@example.com", "client:Ann", ""])
def test_a_caller_and_the_called_number_run_together_are_malformed(line: PhoneNumber, caller):
    response = posted(
        line, line.url(), urlencode(line.form(To="") | {"From": f"{caller}To+4930654321"})
    )
    assert response.status_code == 400
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "caller", ["+4930123456", "anonymous", "sip:Tom.From@example.com", "client:To", "266696687", ""]
)
def test_callers_of_all_kinds_get_through(line: PhoneNumber, caller):
    assert posted(line, line.url(), urlencode(line.form() | {"From": caller})).status_code == 200
