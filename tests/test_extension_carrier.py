"""What it takes to add a carrier: a folder and one line, and it answers calls by our driver."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.carriers.accounts import name_account
from accounts.secrets import kinds
from accounts.secrets.vault import store_secret
from agents.engines.scripted.engines import DEFAULT_REPLY
from agents.versions.publishing import publish
from telephony.carriers.numbers import Account
from telephony.carriers.reconciling import reconcile_due
from telephony.process.runtime import Runtime
from telephony.webhooks.callback_urls import status_callback_url
from telephony.webhooks.routes import routes
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, media_process, serving
from testing.engines import SILENCE, SPEECH, settle
from testing.phone_number import PhoneNumber, attempts
from tests import made_up
from tests.made_up.courier.carrier import COURIER, sign
from usage.billing import settlement
from usage.billing.carrier_bills import CarrierFacts
from usage.models import Call, Turn
from usage.records.test_calls import open_test_call
from voicex.settings import CARRIERS

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://localhost:8000"
AT_ONCE = {"scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0, "scripted.tts_ms": 0}


@pytest.fixture
def files_of(capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    """The files of a folder that holds what was made up; how many there are is printed."""

    def counted(name: str) -> list[str]:
        found = sorted(each.name for each in (Path(made_up.__path__[0]) / name).glob("*.py"))
        touched = [*(f"{name}/{each}" for each in found), "voicex/settings (one line)"]
        with capsys.disabled():
            sys.stdout.write(f"\nA carrier touches {len(touched)} files: {', '.join(touched)}\n")
        return found

    return counted


# --- A carrier ---------------------------------------------------------------------------------


@pytest.fixture
def courier(settings, tmp_path) -> Iterator[Runtime]:
    """The line in the settings, and the routes that follow from it."""
    settings.CARRIERS = {**CARRIERS, "courier": "tests.made_up.courier.carrier.COURIER"}
    settings.ROOT_URLCONF = tuple(routes())
    settings.VAR_DIR = tmp_path
    with media_process() as shared:
        yield shared


def posted(line: PhoneNumber, url: str, **fields: str) -> Any:
    return line.client.post(
        url.removeprefix(ORIGIN), json.dumps(fields), content_type="application/json"
    )


def rings(line: PhoneNumber, *, key: str = "", **fields: str) -> Any:
    told = {
        "call": "parcel-1",
        "account": "depot",
        "caller": "+4930123",
        "called": "+4930654",
    }
    return posted(line, f"/api/courier/voice?api_key={key or line.key_text}", **(told | fields))


class CourierStream(Stream):
    """The courier's end of a media socket."""

    def begins(self, call: Call, secret: str) -> None:
        self.call_id = call.pk
        ids = {"call": call.carrier_call_id, "account": call.account_sid, "stream": "s-1"}
        self.sends({"begin": {**ids, "secret": secret}})

    def speaks(self, audio: bytes) -> None:
        self.sends({"sound": audio.hex()})

    def returns_marks(self) -> None:
        for message in self.messages:
            if "tell" in message:
                self.sends({"played": message["tell"]})

    @property
    def audio(self) -> bytes:
        return b"".join(bytes.fromhex(each.get("sound", "")) for each in self.messages)


def test_a_carrier_is_a_folder_and_a_line_and_answers_a_call_through_the_same_driver(
    line: PhoneNumber, courier: Runtime, files_of
):
    assert files_of("courier") == ["__init__.py", "carrier.py", "transport.py"]
    publish(line.agent, settings={"engines": AT_ONCE})
    answer = rings(line)
    assert answer["Content-Type"] == "application/json"
    assert rings(line).content == answer.content  # asked again, the same call
    told, call = answer.json(), Call.objects.get()
    assert (call.carrier, call.carrier_call_id, call.account_sid) == (
        "courier",
        "parcel-1",
        "depot",
    )
    stream = CourierStream()

    async def scenario() -> None:
        path = told["stream"].removeprefix("ws://localhost:8000")
        task = serving(stream, path=path, carrier="courier")
        stream.begins(call, told["secret"])
        await stream.until(lambda: any("tell" in each for each in stream.messages))
        await settle()
        stream.returns_marks()
        await settle()
        before = len(stream.audio)
        for window in (SPEECH, SILENCE):
            for _ in range(10):
                stream.speaks(window)
                await settle()
        await stream.until(lambda: len(stream.audio) > before)
        stream.sends({"over": True})
        await task
        await all_written(courier)

    asyncio.run(scenario())
    call.refresh_from_db()
    assert (call.state, call.end_reason, call.stream_sid) == (Call.State.ENDED, "stop", "s-1")
    said = Turn.objects.order_by("number").values_list("role", "text")
    assert list(said) == [
        ("agent", "Hello."),
        ("caller", "caller utterance 1"),
        ("agent", DEFAULT_REPLY),
    ]
    after = posted(line, told["then"], call="parcel-1", state="")
    assert after.json()["do"] == "say"  # the caller has heard no goodbye
    assert posted(line, told["tell"], call="parcel-1", state="done").status_code == 204
    status = status_callback_url(line.org, carrier="courier")
    assert posted(line, status, call="parcel-1", state="done").status_code == 204
    call.refresh_from_db()
    assert call.carrier_report == {"state": "done"}


def test_what_a_carrier_asks_is_refused_as_it_is_for_any_other(line: PhoneNumber, courier: Runtime):
    assert rings(line, key="vx_unknown").status_code == 403
    assert rings(line, call="").status_code == 200  # the courier's business
    assert posted(line, f"/api/courier/voice?api_key={line.key_text}").status_code == 400
    line.agent.is_active = False
    line.agent.save()
    assert rings(line, call="parcel-2").json()["do"] == "say"
    assert attempts(line.org)[-1] == ("declined", "no_active_agent", "parcel-2")


def test_the_urls_of_one_carrier_are_none_of_another(line: PhoneNumber, courier: Runtime):
    call = line.answered()
    told = line.rings().content.decode()
    [after] = [each for each in told.split('"') if "/api/twilio/after/" in each]
    assert (
        posted(
            line, after.replace("twilio", "courier"), call=call.carrier_call_id, state="done"
        ).status_code
        == 403
    )
    call.refresh_from_db()
    assert call.ended_at is None


def test_what_a_carrier_without_a_token_says_ends_no_call_of_another(
    line: PhoneNumber, courier: Runtime
):
    call = line.answered()
    store_secret(line.org, name="twilio_auth_token", value="4a" * 16, actor=None)
    status = status_callback_url(line.org, carrier="courier")
    assert posted(line, status, call=call.carrier_call_id, state="done").status_code == 403
    call.refresh_from_db()
    assert (call.end_reason, call.carrier_report) == ("", {})


class CouriersBooks:
    """The courier's `Numbers`, as far as they know of calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[Account, str]] = []

    def call_facts(self, account: Account, *, call_id: str) -> CarrierFacts:
        self.asked.append((account, call_id))
        return CarrierFacts("done", 1, 1, "EUR")


def test_a_carrier_is_asked_about_its_calls_by_its_own_account(
    line: PhoneNumber, courier: Runtime, monkeypatch
):
    own = kinds.SecretKind("courier_token", "Courier token")
    monkeypatch.setattr(kinds, "_sources", [*kinds._sources, lambda: [own]])
    monkeypatch.setattr(COURIER, "token_names", (own.name,))
    monkeypatch.setattr(COURIER, "numbers", books := CouriersBooks())
    rings(line)
    call = Call.objects.get()
    store_secret(line.org, name="twilio_auth_token", value="4a" * 16, actor=None)
    store_secret(line.org, name=own.name, value="a-couriers-token", actor=None)
    name_account(line.org, "AC" + "7" * 32, carrier="twilio", actor=None)
    name_account(line.org, "depot", carrier="courier", actor=None)
    told = {"call": call.carrier_call_id, "state": "done"}
    body = json.dumps(told).encode()
    status = status_callback_url(line.org, carrier="courier").removeprefix(ORIGIN)
    signed = sign("a-couriers-token", body)
    line.client.post(
        status, body, content_type="application/json", headers={"X-Courier-Signature": signed}
    )
    settlement.settle(call.pk, now=timezone.now())
    reconcile_due(hint=call.pk, now=timezone.now() + timedelta(minutes=2))
    assert books.asked == [(Account("depot", "a-couriers-token"), "parcel-1")]


def test_a_carrier_opens_no_call_that_came_another_way(line: PhoneNumber, cast, courier: Runtime):
    tried = open_test_call(
        line.org,
        agent=line.agent,
        user=cast.alice,
        channel=Call.Channel.BROWSER,
        now=timezone.now(),
    )
    for taken in (line.answered(), tried):
        assert rings(line, call=taken.carrier_call_id).status_code == 400
        assert attempts(line.org)[-1] == ("refused", "", taken.carrier_call_id)
