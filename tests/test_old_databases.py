"""A database of a former release is brought forward, and what is in it works as before."""

from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps
from django.utils import timezone

from accounts.carriers.accounts import name_account, named_account
from accounts.secrets.vault import store_secret
from telephony.twilio.signatures import sign
from telephony.webhooks.callback_urls import status_callback_url
from testing.phone_number import (
    ACCOUNT_SID,
    CALL_SID,
    OTHER_ACCOUNT,
    OTHER_CALL,
    PhoneNumber,
    attempts,
)
from usage.models import Call, QuotaNotice
from usage.reads.calls import call_of, call_report
from usage.records.test_calls import open_test_call

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_CARRIERS = [("usage", "0014_texts_of_carriers"), ("accounts", "0009_transcript_retention")]
TOKEN = "4a" * 16
REPORT = {"status": "completed", "duration_s": 42}


def former_models() -> StateApps:
    """The models of the release before, on the tables as they are."""
    return MigrationLoader(connection).project_state(BEFORE_CARRIERS).apps


def made_former(line: PhoneNumber, call: Call) -> None:
    """As the release before carriers would have left the database of `line`."""
    for app, migration in BEFORE_CARRIERS:
        call_command("migrate", app, migration, verbosity=0)
    former = former_models()
    former.get_model("accounts", "Organization").objects.filter(pk=line.org.pk).update(
        twilio_account_sid=ACCOUNT_SID, seen_account_sid=ACCOUNT_SID
    )
    former.get_model("usage", "Call").objects.filter(pk=call.pk).update(carrier=REPORT)


def status_is_taken(line: PhoneNumber, **form: str) -> bool:
    url, fields = status_callback_url(line.org), line.form(**form)
    response = line.client.post(
        url.removeprefix("http://localhost:8000"),
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": sign(TOKEN, url, fields)},
    )
    return response.status_code == 204


def test_calls_keys_urls_and_tokens_work_after_carriers_were_named(
    cast, line: PhoneNumber, other_line: PhoneNumber
):
    name_account(other_line.org, OTHER_ACCOUNT, carrier="twilio", actor=None)
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    answer = line.rings(token=TOKEN)
    call = Call.objects.get()
    tried = open_test_call(
        line.org,
        agent=line.agent,
        user=cast.alice,
        channel=Call.Channel.BROWSER,
        now=timezone.now(),
    )
    made_former(line, call)
    # An account that was named since is known to the former release, and held to afterwards.
    named = former_models().get_model("accounts", "Organization").objects.get(pk=other_line.org.pk)
    assert (named.twilio_account_sid, named.seen_account_sid) == (OTHER_ACCOUNT, "")
    call_command("migrate", verbosity=0)
    assert named_account(other_line.org, carrier="twilio") == OTHER_ACCOUNT

    found = call_of(line.org, call_sid=CALL_SID)
    assert found == call
    assert (found.carrier, found.carrier_call_id) == ("twilio", CALL_SID)
    assert found.carrier_report == REPORT
    assert call_report(found)["call_sid"] == CALL_SID
    tried.refresh_from_db()
    assert tried.carrier == Call.BROWSER

    # The key, the token and every URL of the answer: the same bytes for the same call.
    assert line.rings(token=TOKEN).content == answer.content
    assert line.rings().status_code == 403
    assert status_is_taken(line, CallStatus="completed")
    assert line.rings(token=TOKEN, CallSid=OTHER_CALL, AccountSid=OTHER_ACCOUNT).status_code == 403
    assert attempts(line.org)[-1] == ("refused", "account_mismatch", OTHER_CALL)


def test_the_release_before_works_on_the_new_tables(line: PhoneNumber):
    call = line.answered()
    former = former_models()
    for model in former.get_models():
        list(model.objects.all())
    calls = former.get_model("usage", "Call").objects
    row = calls.filter(pk=call.pk).values().get()
    opened = calls.create(**{**row, "id": None, "call_sid": OTHER_CALL, "ticket_id": "t"})
    assert Call.objects.get(pk=opened.pk).carrier == "twilio"
    former.get_model("usage", "Outbox").objects.create(
        call=opened, kind="settle_call", due_at=timezone.now()
    )
    org = former.get_model("accounts", "Organization").objects.create(name="Birch")
    notices = former.get_model("usage", "QuotaNotice").objects
    notice = notices.create(org=org, month="2026-05-01", percent=50)
    QuotaNotice.objects.create(org=line.org, month="2026-05-01", percent=50)
    due = notices.filter(sent_at=None, due_at__lte=timezone.now())
    assert list(due) == [notice]  # the other one is the outbox's
