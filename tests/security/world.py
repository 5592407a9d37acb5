"""A platform with one of everything in it, and those who come to its pages.

Addresses are made from what is here, so that a page is asked about things that there are, and
about another organization's, and about some that there never were.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts.addresses import confirm
from accounts.members import invitations
from accounts.models import SessionRow, User
from agents.models import AgentDraft
from dashboard.tests import test_tenancy
from telephony.webhooks.callback_urls import (
    Callback,
    forwarded_url,
    make_callback_token,
    status_callback_url,
)
from testing.cast import PASSWORD, Cast
from testing.office import Office, browser_of
from testing.phone_number import ACCOUNT_SID
from tests.security.applications import Headers
from tests.security.fields import Form
from tests.security.routes import Route
from usage.models import Plan, SavedView, Transfer

CALL_SID: Final = test_tenancy.CALL_SID
OTHER_CALL: Final = "CA" + "8" * 32


@dataclass
class World:
    """visitors: the cookies of each, by name."""

    cast: Cast
    office: Office
    other: Office
    visitors: dict[str, Headers] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)

    def values_of(self, route: Route, parameter: str) -> list[str]:
        """Values for its address: first one that there is, then those of others."""
        is_of_a_table = route.app == "admin" and not route.template.startswith("/admin/r/")
        if is_of_a_table and parameter == "object_id":
            return _rows(route)
        named = f"{route.name}.{parameter}"
        return self.values.get(named) or self.values.get(parameter) or ["1"]

    def good(self, route: Route) -> dict[str, str]:
        """Values of an address about things that there are."""
        return {name: self.values_of(route, name)[0] for name in route.parameters}

    def forms(self, route: Route) -> list[Form]:
        """What machines send there, which no page shows."""
        call = {"CallSid": CALL_SID, "AccountSid": ACCOUNT_SID, "CallStatus": "in-progress"}
        stream = {"StreamEvent": "stream-error", "StreamError": "x", "StreamSid": "MZ1"}
        rest = {"From": "+4930123456", "To": "+4930654321", "CallDuration": "7"}
        fields = {name: [value] for name, value in (call | stream | rest).items()}
        if route.app != "telephony":
            return []
        return [Form(route.address(self.good(route)), "post", fields)]

    def query(self, route: Route) -> Mapping[str, list[str]]:
        """The query with which machines come."""
        if route.app != "telephony":
            return {}
        [_, signature] = urlsplit(status_callback_url(self.office.org)).query.split("signature=")
        org, agent = self.office.org.public_id, self.office.agent.public_id
        keys = [self.office.key_text, self.other.key_text]
        return {"org": [org], "signature": [signature], "api_key": keys, "agent_id": [agent]}


def _rows(route: Route) -> list[str]:
    """Keys of the rows of an admin page's table; only those that there are, and one that is not."""
    _, _, app, model, *_ = route.template.split("/")
    table = apps.get_model(app, model)
    keys = table._base_manager.order_by("pk").values_list("pk", flat=True)[:3]
    return [*map(str, keys), "99999999"]


def made(cast: Cast) -> World:
    """The platform, with those who come."""
    Plan.objects.create(pk=901, name="Office", concurrent_calls=5)
    office, other = Office(cast.acorn), Office(cast.birch)
    for each, sid, row in ((office, CALL_SID, 901), (other, OTHER_CALL, 902)):
        call = each.rings(sid)
        each.says(call, 1, "Hello.")
        each.says(call, 2, "What is this?")
        test_tenancy.with_more_people(each, member=row, invitation=row)
        each.hangs_up(each.rings(f"CA{row}" + "0" * 29))
    SavedView.objects.create(org=cast.acorn, user=cast.alice, name="Mine", query="state=live")
    AgentDraft.objects.create(agent=office.agent, fields={"greeting": "Good day."})
    world = World(cast, office, other)
    _let_come(world)
    world.values = _values(world)
    return world


def _let_come(world: World) -> None:
    cast = world.cast
    tess = User.objects.create_user("tess@example.com", PASSWORD)
    confirm(tess)
    TOTP.activate(tess, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(tess)
    WebAuthn.add(tess, "Key", passkey())
    half = Client()  # who gave the password, and is asked for the second factor
    half.post("/accounts/login/", {"login": tess.email, "password": PASSWORD})
    lost = Client()  # who came by the link for a new password
    lost.get(f"/accounts/password/reset/key/{_uid(cast.bob)}-{_reset_key(cast.bob)}/")
    browsers = {
        "alice": browser_of(cast.alice),
        "a visitor": Client(),
        "olga": browser_of(cast.olga),
        "tess": browser_of(tess),
        "half logged in": half,
        "lost password": lost,
    }
    for name, browser in browsers.items():
        cookie = "; ".join(f"{each.key}={each.value}" for each in browser.cookies.values())
        world.visitors[name] = [(b"cookie", cookie.encode())] if cookie else []


def _last(url: str) -> str:
    return url.rpartition("/")[2]


def _uid(user: User) -> str:
    return str(user_pk_to_url_str(user))


def _reset_key(user: User) -> str:
    return default_token_generator.make_token(user)


def _values(world: World) -> dict[str, list[str]]:
    cast, office, other = world.cast, world.office, world.other
    call, invitation = office.org.calls.get(carrier_call_id=CALL_SID), office.org.invitations.get()
    transfer, _ = Transfer.objects.get_or_create(
        call=call,
        number=1,
        defaults={"target": "Sales", "address": "+14155550100", "began_at": call.opened_at},
    )
    address = cast.alice.emailaddress_set.first()
    authenticators = Authenticator.objects.order_by("-pk").values_list("pk", flat=True)
    sessions = SessionRow.objects.values_list("public_id", flat=True)
    forwarded = forwarded_url(office.org, carrier="twilio", call_id=CALL_SID, language="")
    return {
        "org_id": [office.org.public_id, other.org.public_id],
        "agent_id": [office.agent.public_id, other.agent.public_id],
        "number": ["1", "2"],
        "member_id": ["901", "902"],
        "invitation_id": [str(invitation.pk), "902"],
        "call_sid": [CALL_SID, OTHER_CALL],
        "tool_id": ["tool901", "tool902"],
        "prefix": [office.key.prefix, other.key.prefix],
        "plan_id": ["901"],
        "version": ["1"],
        "session_id": list(sessions),
        "link": ["x"],
        "join.token": [invitations.mailed_token(invitation)],
        "after.token": [make_callback_token(Callback.AFTER, call)],
        "stream-status.token": [make_callback_token(Callback.STREAM_STATUS, call)],
        **{
            f"{kind}.token": [make_callback_token(kind, call, row=transfer.pk)]
            for kind in (Callback.DIALED, Callback.PERSON, Callback.KEY)
        },
        "forwarded.token": [_last(forwarded)],
        "account_confirm_email.key": [EmailConfirmationHMAC(address).key if address else "x"],
        "uidb36": [_uid(cast.bob), _uid(cast.charlie)],
        "account_reset_password_from_key.key": ["set-password", _reset_key(cast.bob)],
        "pk": list(map(str, authenticators)),
        "id": [str(cast.bob.pk)],
        "content_type_id": ["1"],
        "object_id": ["1"],
        "app_label": ["usage"],
        "url": ["elsewhere"],
    }


def in_a_path(text: str) -> str:
    """`text` as an address may have it."""
    return quote(text[:2_000], safe="", errors="replace")


def passkey() -> dict[str, object]:
    """What a browser said of a passkey that it made."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    credential = AttestedCredentialData.create(bytes(16), b"key", ES256.from_cryptography_key(key))
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0, credential)
    client = {"type": "webauthn.create", "challenge": "eA", "origin": "http://localhost:8000"}
    return {
        "id": websafe_encode(b"key"),
        "rawId": websafe_encode(b"key"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(json.dumps(client).encode()),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
    }
