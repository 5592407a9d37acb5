"""Every admin page opens for the operator, keeps secrets, and asks few questions."""

import html
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.audit import check_runs
from accounts.keys.api_keys import issue_key
from accounts.login.models import AddressAge, SessionRow
from accounts.members.access import record_once_a_day
from accounts.models import (
    ApiKey,
    AuditEntry,
    CarrierAccount,
    HostSecret,
    Impersonation,
    Invitation,
    OrganizationSecret,
    User,
)
from accounts.secrets import kinds
from accounts.secrets.vault import store_secret
from agents.models import (
    AgentDraft,
    DiscardedDraft,
    HttpTool,
    SavedTest,
    SiteReading,
    TestResult,
    TestRun,
)
from agents.versions.publishing import create_agent
from testing.cast import PASSWORD
from testing.invoices import a_house, an_invoice
from usage.models import (
    AttemptDay,
    BillingAddress,
    Call,
    CallAnalysis,
    CallDay,
    CallHour,
    CallNote,
    CallRules,
    CallShare,
    CallTag,
    CarrierBill,
    DeadLetter,
    Erasure,
    FlightRecord,
    HookDelivery,
    HookEndpoint,
    LedgerEntry,
    LedgerProof,
    LiveState,
    Message,
    MeterReport,
    MissedNotice,
    Outbox,
    Plan,
    PlanChange,
    PriceBook,
    Quota,
    QuotaNotice,
    Recording,
    SavedView,
    StripeCustomer,
    Transfer,
    Turn,
    UnansweredQuestion,
    UsageDay,
    UsageFact,
    UsageMonth,
    WaitingCaller,
    WebhookAttempt,
    WeeklyDigest,
)
from usage.models.sums import CallFigures

OURS = [
    model
    for app in ("accounts", "agents", "usage")
    for model in apps.get_app_config(app).get_models()
    # Sessions are their person's own affair, and have a page there; the state of a live call is for
    # the process that carries it.
    if model not in (AddressAge, SessionRow, LiveState)
]
MODELS = [*OURS, EmailAddress, Authenticator]
# Written by the service or by their own page's service; the admin adds none by hand.
NEVER_ADDED = {
    "agentdraft",
    "billingaddress",
    "billinghouse",
    "callanalysis",
    "callday",
    "callhour",
    "callnote",
    "callrules",
    "carrierbill",
    "callshare",
    "calltag",
    "discardeddraft",
    "weeklydigest",
    "auditchain",
    "carrieraccount",
    "auditcheck",
    "auditentry",
    "audittally",
    "hookdelivery",
    "hookendpoint",
    "hostsecret",
    "httptool",
    "impersonation",
    "invitation",
    "invoice",
    "deadletter",
    "erasure",
    "message",
    "meterreport",
    "stripecustomer",
    "unansweredquestion",
    "missednotice",
    "planchange",
    "quotanotice",
    "recording",
    "savedtest",
    "sitereading",
    "savedview",
    "testresult",
    "testrun",
    "transfer",
    "usageday",
    "usagemonth",
    "waitingcaller",
    "attemptday",
    "authenticator",
    "agentversion",
    "call",
    "turn",
    "usagefact",
    "flightrecord",
    "price",
    "pricebook",
    "ledgerentry",
    "ledgerproof",
    "webhookattempt",
    "outbox",
}


def name_of(model):
    return model._meta.model_name


def page_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{name_of(model)}_{page}", args=args)


@pytest.fixture
def operator(client, cast):
    cache.clear()
    client.post(reverse("account_login"), {"login": "olga@example.com", "password": PASSWORD})
    return client


def happen(org, user, *, number):
    """One more of everything in `org`."""
    now = timezone.now()
    agent = create_agent(org, name=f"Agent {number}", actor=user)
    key, _ = issue_key(org, label=f"key {number}", actor=user)
    call = Call.objects.create(
        org=org,
        agent=agent,
        version=agent.published,
        api_key=key,
        carrier_call_id=f"CA{number}",
        opened_at=now,
        ticket_id=f"canary-ticket-{number}",
    )
    Turn.objects.create(
        call=call, number=1, role="agent", text="Hello.", started_ms=0, ended_ms=900
    )
    UsageFact.objects.create(call=call)
    FlightRecord.objects.create(call=call, events=b"canary-flight")
    LedgerEntry.objects.create(
        org=org,
        call=call,
        key=f"call:{call.pk}:telephony",
        component="telephony",
        quantity=1,
        unit="minute",
        amount_micros=8500,
        price_book=PriceBook.objects.first(),
        posted_at=now,
    )
    WebhookAttempt.objects.create(org=org, call_sid=call.call_sid, outcome="answered")
    Outbox.objects.create(kind="settle_call", call=call, due_at=now)
    Message.objects.create(call=call, key="c", text="canary", taken_at=now)
    UnansweredQuestion.objects.create(call=call, agent=agent, number=1, text="canary", asked_at=now)
    CallShare.objects.create(
        call=call, digest=f"canary{number}", created_by=user, created_at=now, expires_at=now
    )
    CallTag.objects.create(call=call, name="Complaint", created_by=user, created_at=now)
    CallNote.objects.create(call=call, text="canary", author=user, created_at=now)
    CallAnalysis.objects.create(
        call=call, outcome="answered", summary="canary", reason="canary", made_at=now
    )
    Transfer.objects.create(
        call=call, number=number, target="Sales", address="+14155550100", began_at=now,
        briefing="canary",
    )  # fmt: skip
    endpoint = HookEndpoint.objects.create(
        org=org, shown_url=f"https://{number}.example", ciphertext="canary"
    )
    HookDelivery.objects.create(
        org=org,
        endpoint=endpoint,
        call=call,
        message_id=f"msg_{number}",
        event="call.ended",
        body="canary",
        created_at=now,
        tried_since=now,
    )
    EmailAddress.objects.create(user=user, email=f"{number}-{user.email}")
    AgentDraft.objects.create(agent=agent, based_on=agent.published, updated_by=user)
    DiscardedDraft.objects.create(agent=agent, based_on=agent.published, updated_by=user)
    later = now + timedelta(days=7)
    Invitation.objects.create(
        org=org, email=f"{number}@example.com", invited_by=user, expires_at=later
    )
    Impersonation.objects.create(
        org=org, operator=user, role="viewer", reason="asked for help", expires_at=later
    )
    CarrierAccount.objects.create(org=org, carrier=f"carrier {number}", account_id="AC1")
    HostSecret.objects.create(
        org=org, name=f"shop_{number}", host="api.example.com", ciphertext="canary"
    )
    test = SavedTest.objects.create(agent=agent, name="Hours", questions="When?", must="nine")
    run = TestRun.objects.create(agent=agent, number=1, fingerprint="f" * 64, created_at=now)
    TestResult.objects.create(run=run, test=test, number=1, name=test.name, state="red")
    SiteReading.objects.create(agent=agent, url="https://example.com/", created_at=now)
    HttpTool.objects.create(
        org=org,
        name=f"find_order_{number}",
        stored={"name": "find_order", "description": "", "url": "https://api.example.com/orders"},
    )
    Plan.objects.create(name=f"Plan {number}", concurrent_calls=number)
    PlanChange.objects.create(org=org, at=now, plan_name=f"Plan {number}")
    QuotaNotice.objects.create(org=org, month=now.date().replace(day=1), percent=50 + number)
    MissedNotice.objects.create(org=org, day=now.date(), cause=f"busy {number}")
    Recording.objects.create(call=call, consent="announced")
    SavedView.objects.create(org=org, user=user, name=f"View {number}", query="state=live")
    nothing = {"amount_micros": 0, "cost_micros": 0}
    UsageDay.objects.create(
        org=org, agent=agent, day=now, channel="phone", component="stt", quantity=1, **nothing
    )
    month = now.date().replace(day=1, month=number)
    UsageMonth.objects.create(org=org, month=month, calls=1, minutes=1, **nothing)
    summed = {field.name: 1 for field in CallFigures._meta.fields}
    CallHour.objects.create(org=org, day=month, hour=number, **summed)
    CallDay.objects.create(org=org, day=month, agent=agent, number="+12025550100", **summed)
    WeeklyDigest.objects.create(org=org, week=month)
    check_runs.run(now=now)
    record_once_a_day(org, actor=user, action="transcript.read", target=call.call_sid, now=now)
    LedgerProof.objects.create(began_at=now)
    CarrierBill.objects.create(call=call, checked_at=now)
    AttemptDay.objects.create(org=org, day=month, outcome="answered", count=1)
    DeadLetter.objects.create(
        call=call, kind="save_turn", words="canary words", created_at=now, tried_at=now
    )
    an_invoice(org, number=number)
    MeterReport.objects.create(
        org=org, identifier=f"voicex-{number}", after_line=0, through_line=1, value_micros=1,
        created_at=now,
    )  # fmt: skip
    Erasure.objects.create(
        org=org, caller_digest="canary", asked_by=user, asked_at=now, calls=1, turns=1,
        recordings=0, due_at=now,
    )  # fmt: skip


@pytest.fixture
def world(cast):
    """At least one row of every model; what must never be shown is a canary."""
    happen(cast.acorn, cast.alice, number=1)
    Quota.objects.create(org=cast.acorn, concurrent_calls=5)
    CallRules.objects.create(org=cast.acorn, daily_micros=1_000_000)
    WaitingCaller.objects.create(
        org=cast.acorn,
        api_key=cast.acorn.api_keys.first() or issue_key(cast.acorn, label="Line")[0],
        carrier="twilio",
        carrier_call_id="CA" + "7" * 32,
        arrived_at=timezone.now(),
        seen_at=timezone.now(),
    )
    BillingAddress.objects.create(org=cast.acorn, address="Oak Street 1")
    a_house()
    StripeCustomer.objects.create(org=cast.acorn, customer_id="cus_1")
    Authenticator.objects.create(
        user=cast.alice, type=Authenticator.Type.TOTP, data={"secret": "canary-second-factor"}
    )
    for name in kinds.all_kinds():
        value = "{}" if name == "google_credentials" else f"canary-{name}"
        store_secret(cast.acorn, name=name, value=value, actor=cast.alice)
    return cast


def secrets_of_the_world():
    """Every text that no admin page may hold."""
    yield from ("canary",)
    for key in ApiKey.objects.all():
        yield from (key.digest, key.ciphertext)
    yield from OrganizationSecret.objects.values_list("ciphertext", flat=True)
    for password in User.objects.values_list("password", flat=True):
        yield password.split("$")[-1]


def assert_keeps_secrets(response):
    text = html.unescape(response.content.decode())
    for secret in secrets_of_the_world():
        assert secret not in text


def test_every_model_of_ours_has_its_pages():
    assert set(OURS) - set(admin.site._registry) == set()


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_every_page_opens_and_holds_no_secret(operator, world, model):
    instance = model._default_manager.first()
    assert instance is not None
    for page, args in (
        ("changelist", ()),
        ("change", (instance.pk,)),
        ("history", (instance.pk,)),
    ):
        response = operator.get(page_of(model, page, *args))
        assert response.status_code == 200, page
        assert_keeps_secrets(response)
    added = operator.get(page_of(model, "add"))
    assert added.status_code == (403 if name_of(model) in NEVER_ADDED else 200)
    if added.status_code == 200:
        assert_keeps_secrets(added)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_every_list_is_searched_filtered_and_walked_by_date(operator, world, model):
    page = admin.site._registry[model]
    assert page.search_fields or page.get_search_fields(None)
    queries = ["q=canary+or+not"]
    if page.date_hierarchy:
        queries.append(f"{page.date_hierarchy}__year={timezone.now().year}")
    for query in queries:
        assert operator.get(f"{page_of(model, 'changelist')}?{query}").status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_a_longer_list_asks_no_more_questions(operator, world, model):
    url = page_of(model, "changelist")
    operator.get(url)  # what is only loaded once is loaded
    with CaptureQueriesContext(
        connection,
    ) as before:
        operator.get(url)
    for number in range(2, 6):
        person = User.objects.create_user(f"person{number}@example.com")
        happen(world.birch, person, number=number)
        if model is Quota and number == 2:
            Quota.objects.create(org=world.birch, concurrent_calls=5)
    with CaptureQueriesContext(connection) as after:
        operator.get(url)
    assert len(after) <= len(before)


@pytest.mark.parametrize("model", [Call], ids=name_of)
def test_a_longer_call_asks_no_more_questions(operator, world, model):
    call = Call.objects.get()
    url = page_of(Call, "change", call.pk)
    with CaptureQueriesContext(connection) as before:
        operator.get(url)
    for number in range(2, 8):
        Turn.objects.create(
            call=call, number=number, role="caller", text="Yes.", started_ms=0, ended_ms=1
        )
    with CaptureQueriesContext(connection) as after:
        operator.get(url)
    assert len(after) <= len(before)


@pytest.mark.parametrize(
    "model",
    [
        Call,
        Turn,
        UsageFact,
        FlightRecord,
        LedgerEntry,
        WebhookAttempt,
        Outbox,
        PriceBook,
        UsageDay,
        UsageMonth,
        AttemptDay,
    ],
    ids=name_of,
)
def test_facts_and_money_are_read_only(operator, world, model):
    instance = model._default_manager.first()
    for page in ("change", "delete"):
        response = operator.post(page_of(model, page, instance.pk), {"post": "yes"})
        assert response.status_code == 403
    assert model._default_manager.filter(pk=instance.pk).exists()


def test_a_quota_is_changed_with_a_trace(operator, world):
    quota = Quota.objects.get()
    operator.post(page_of(Quota, "change", quota.pk), {"concurrent_calls": "3"})
    quota.refresh_from_db()
    assert quota.concurrent_calls == 3
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.target, entry.actor) == (
        "quota.changed",
        "no plan, 3 calls at once",
        world.olga,
    )
    operator.post(page_of(Quota, "delete", quota.pk), {"post": "yes"})
    assert AuditEntry.objects.first().target == "default"


def test_what_was_given_up_is_run_again(operator, world):
    row = Outbox.objects.get()
    Outbox.objects.update(dead_at=timezone.now(), attempts=30)
    operator.post(
        page_of(Outbox, "changelist"), {"action": "run_again", "_selected_action": [row.pk]}
    )
    row.refresh_from_db()
    assert (row.dead_at, row.attempts) == (None, 0)


def test_admin_pages_load_nothing_from_other_hosts(operator, world):
    for path in ("/admin/", page_of(Call, "changelist"), page_of(ApiKey, "add")):
        response = operator.get(path)
        text = response.content.decode()
        for attribute in ('src="http', "src='http", 'src="//', '<link href="http', "url(http"):
            assert attribute not in text
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert {
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        } < set(policy)


def test_a_visitor_and_a_member_see_no_admin_page(client, world):
    for person in (None, world.alice):
        if person:
            client.force_login(person)
        for model in MODELS:
            response = client.get(page_of(model, "changelist"))
            assert response.status_code == 302
            assert response.url.startswith("/admin/login/")
