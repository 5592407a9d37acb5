"""A client of the platform with a number, as the tests of Twilio's webhooks see it."""

from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.http import HttpResponse
from django.test import Client

from accounts.keys.api_keys import issue_key
from accounts.models import ApiKey, Organization
from agents.models import Agent
from agents.versions.publishing import create_agent, free_name
from telephony.twilio.signatures import sign
from telephony.webhooks.asgi import WebhookHandler
from usage.models import Call, WebhookAttempt

ACCOUNT_SID = "AC" + "0a" * 16
OTHER_ACCOUNT = "AC" + "9f" * 16
CALL_SID = "CA" + "1b" * 16
OTHER_CALL = "CA" + "2c" * 16


def twilio() -> Client:
    """A client that comes the way that Twilio's requests come (`telephony.webhooks.asgi`)."""
    client = Client(raise_request_exception=False)
    handler: Any = client.handler
    handler._middleware_chain = WebhookHandler().get_response
    return client


@dataclass
class PhoneNumber:
    """An organization's number: `rings()` is Twilio asking the webhook what to do."""

    org: Organization
    agent: Agent
    key: ApiKey
    key_text: str
    client: Client = field(default_factory=twilio)

    def url(self, *, agent_id: str = "", key_text: str | None = None) -> str:
        """Path and query of the voice webhook."""
        agent = f"&agent_id={agent_id}" if agent_id else ""
        return f"/api/twilio/voice?api_key={key_text or self.key_text}{agent}"

    def form(self, **changed: str) -> dict[str, str]:
        """What Twilio posts; a field changed to "" is left out."""
        fields = {
            "AccountSid": ACCOUNT_SID,
            "CallSid": CALL_SID,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": "+4930123456",
            "To": "+4930654321",
        }
        return {name: value for name, value in (fields | changed).items() if value}

    def rings(
        self, *, url: str = "", token: str = "", headers: dict[str, str] | None = None, **form: str
    ) -> HttpResponse:
        """POST the webhook; with `token` the request is signed as Twilio signs it."""
        url, fields, headers = url or self.url(), self.form(**form), dict(headers or {})
        if token:
            headers["X-Twilio-Signature"] = sign(token, f"http://localhost:8000{url}", fields)
        return post_form(self.client, url, fields, headers=headers)

    def answered(self, **form: str) -> Call:
        """The call that the webhook has opened."""
        fields = self.form(**form)
        changed: dict[str, Any] = {**form}
        assert self.rings(**changed).status_code == 200
        return Call.objects.get(org=self.org, carrier_call_id=fields["CallSid"])


def post_form(client: Client, url: str, fields: dict[str, str], **more: Any) -> HttpResponse:
    """A POST of a form as Twilio encodes it."""
    response: Any = client.post(
        url, urlencode(fields), content_type="application/x-www-form-urlencoded", **more
    )
    return cast(HttpResponse, response)


def line_of(org: Organization, *, name: str = "Reception") -> PhoneNumber:
    """A line for `org`: a fresh key, and an agent on the scripted engines."""
    agent = create_agent(
        org,
        name=free_name(org, name),
        stt="scripted",
        llm="scripted",
        tts="scripted",
        greeting="Hello.",
    )
    key, text = issue_key(org, label="Twilio")
    return PhoneNumber(org=org, agent=agent, key=key, key_text=text)


def spoken(response: HttpResponse) -> str:
    """What the caller hears before the call is hung up."""
    root = ElementTree.fromstring(response.content)
    assert [verb.tag for verb in root] == ["Say", "Hangup"]
    return root[0].text or ""


def attempts(org: Organization) -> list[tuple[str, str, str]]:
    """The attempt log of `org`, oldest first: outcome, reason, CallSid."""
    rows = WebhookAttempt.objects.filter(org=org).order_by("pk")
    return [(row.outcome, row.reason, row.call_sid) for row in rows]
