"""Usage at Stripe: each line of the ledger counts once there, however Stripe errs."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.db.models import Sum

from testing.office import Office, browser_of
from testing.scene import NOW, Scene, snapshot
from testing.stripe import a_stripe
from usage.billing.settlement import settle
from usage.meters import reports, sending
from usage.meters.customers import reported, set_customer
from usage.models import LedgerEntry, MeterReport, Outbox, StripeCustomer
from usage.outbox import delivery, rows
from usage.papers.tests.test_month import talk

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def stripe(settings):
    with a_stripe() as found:
        settings.STRIPE_SECRET_KEY = found.key
        settings.STRIPE_METER_EVENT = "voicex_usage"
        settings.STRIPE_API_URL = found.url
        settings.ALLOW_PRIVATE_ENDPOINTS = True
        yield found


@pytest.fixture
def scene(db, cast, stripe):
    found = Scene()
    talk(found, at=NOW)  # charged before it is a customer
    set_customer(found.org, customer_id="cus_Acorn1", actor=cast.olga, now=NOW)
    return found


def charged(scene, *, after: int = 0) -> int:
    lines = LedgerEntry.objects.filter(org=scene.org, pk__gt=after)
    return lines.aggregate(sum=Sum("amount_micros", default=0))["sum"]


def sweep(now):
    """What the sweeper and the worker do of it at a moment."""
    for row in Outbox.objects.filter(kind=reports.REPORT, done_at=None, dead_at=None):
        if row.due_at <= now:
            sending.send_due(hint=0, now=now)


def test_every_line_since_it_is_a_customer_counts_once(scene, stripe):
    before = charged(scene)
    call = talk(scene, at=NOW)
    talk(scene, at=NOW)
    assert reports.plan(now=NOW) is None
    assert not MeterReport.objects.exists()  # lines of lower numbers may still come
    for _again in range(2):
        reports.plan(now=LATER)
        sweep(LATER)
    assert stripe.total("cus_Acorn1") == charged(scene) - before > 0
    snapshot(call, 2, now=LATER, is_final=True, stream_ms=700_000)
    settle(call.pk, now=LATER)
    reports.plan(now=LATER + timedelta(minutes=10))
    sweep(LATER + timedelta(minutes=10))
    assert stripe.total("cus_Acorn1") == charged(scene) - before
    assert len(stripe.events) == 2
    event = next(iter(stripe.events.values()))
    assert event["timestamp"] == str(int(LATER.timestamp()))
    assert event["event_name"] == "voicex_usage"


@pytest.mark.parametrize(
    ("fault", "later"), [(ValueError, lambda _pk: None), (SoftTimeLimitExceeded, lambda pk: pk)]
)
def test_one_customer_that_cannot_be_summed_up_keeps_no_other(
    scene, cast, monkeypatch, fault, later
):
    set_customer(cast.birch, customer_id="cus_Birch1", actor=cast.olga, now=NOW)
    first, second = StripeCustomer.objects.order_by("pk")
    made, make = [], reports.make

    def faulty(customer_pk, **rest):
        made.append(customer_pk)
        if customer_pk == first.pk:
            raise fault
        return make(customer_pk, **rest)

    monkeypatch.setattr(reports, "make", faulty)
    found = reports.plan(now=LATER)
    assert found == later(first.pk)
    if found is not None:
        assert reports.plan(now=LATER, after=found) is None
    assert made == [first.pk, second.pk]


def test_what_is_taken_back_waits_for_what_is_charged_next(scene, stripe):
    call = talk(scene, at=NOW, seconds=3_600)
    StripeCustomer.objects.update(reported_through=LedgerEntry.objects.latest("pk").pk)
    start = StripeCustomer.objects.get().reported_through
    snapshot(call, 2, now=NOW, is_final=True, stream_ms=1_000)
    settle(call.pk, now=NOW)
    assert charged(scene, after=start) < 0
    reports.plan(now=LATER)
    assert not MeterReport.objects.exists()
    talk(scene, at=NOW, seconds=7_200)
    reports.plan(now=LATER)
    sweep(LATER)
    assert stripe.total("cus_Acorn1") == charged(scene, after=start) > 0


@pytest.mark.parametrize("errors", [[429], [500, 503], [-500], [-502, 429], [401], [409]])
def test_it_is_sent_until_stripe_has_it_and_counts_once(scene, stripe, errors):
    before = charged(scene)
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    stripe.errors += errors
    now = LATER
    for _try in range(len(errors) + 1):
        sweep(now)
        now += timedelta(minutes=1)
    row = Outbox.objects.get(kind=reports.REPORT)
    assert (row.done_at is not None, row.dead_at) == (True, None)
    assert stripe.requests == len(errors) + 1
    assert stripe.total("cus_Acorn1") == charged(scene) - before
    assert MeterReport.objects.get().sent_at is not None


def test_an_unknown_customer_is_given_up_and_sent_again_for_the_right_one(scene, stripe, cast):
    before = charged(scene)
    set_customer(scene.org, customer_id="cus_Nobody", actor=cast.olga, now=NOW)
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    for minutes in range(3):
        sweep(LATER + timedelta(minutes=minutes))
    assert stripe.requests == 1
    assert "No such customer" in reported(scene.org).error
    assert reported(scene.org).given_up == 1
    set_customer(scene.org, customer_id="cus_Acorn1", actor=cast.olga, now=LATER)
    sweep(LATER)
    assert stripe.total("cus_Acorn1") == charged(scene) - before
    assert reported(scene.org).sent_micros == charged(scene) - before


def test_what_ended_without_an_answer_is_sent_again_by_nobody_but_an_operator(scene, stripe, cast):
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    stripe.errors += [-500]  # counted, and the answer was lost
    sweep(LATER)
    stripe.events.clear()  # Stripe forgets identifiers
    much_later = LATER + timedelta(hours=24)
    for _try in range(2):
        sweep(much_later)
        set_customer(scene.org, customer_id="cus_Nobody", actor=cast.olga, now=much_later)
    assert (stripe.requests, stripe.events) == (1, {})
    said = reported(scene.org)
    assert (said.waiting, said.given_up, said.unanswered, said.oldest) == (0, 1, 1, LATER)
    page = browser_of(cast.olga).get(f"/operator/organizations/{scene.org.public_id}/").text
    assert "Given up without an answer: 1" in page
    report = MeterReport.objects.get()
    for _again in range(2):  # nor is it sent twice if it is let run twice
        sending.let_run_again(report.pk)
        rows.rearm(reports.REPORT, report.pk, now=much_later)
        sweep(much_later)
    assert stripe.requests == 2
    assert stripe.total("cus_Acorn1") == report.value_micros


def test_a_refusal_does_not_hide_that_a_try_before_it_had_no_answer(scene, stripe, cast):
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    stripe.errors += [500, 400]
    sweep(LATER)
    sweep(LATER + timedelta(minutes=1))
    set_customer(scene.org, customer_id="cus_Nobody", actor=cast.olga, now=LATER)
    said = reported(scene.org)
    assert (said.waiting, said.given_up, said.unanswered) == (0, 1, 1)


@pytest.mark.parametrize(("age", "is_kept"), [(33, True), (40, False)])
def test_what_is_too_old_for_stripe_is_sent_as_of_now(scene, stripe, age, is_kept):
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    now = LATER + timedelta(days=age)
    sweep(now)
    [event] = stripe.events.values()
    assert event["timestamp"] == str(int((LATER if is_kept else now).timestamp()))


def test_what_was_charged_until_the_customer_is_cleared_goes_out_for_it(scene, stripe, cast):
    before = charged(scene)
    talk(scene, at=NOW)
    set_customer(scene.org, customer_id="", actor=cast.olga, now=NOW)
    talk(scene, at=NOW)  # for nobody
    set_customer(scene.org, customer_id="cus_Nobody", actor=cast.olga, now=NOW)
    [report] = MeterReport.objects.all()
    sweep(LATER)
    assert stripe.total("cus_Acorn1") == report.value_micros > 0
    first = LedgerEntry.objects.filter(pk__lte=report.through_line, org=scene.org)
    assert first.aggregate(sum=Sum("amount_micros"))["sum"] == before + report.value_micros


def test_another_customer_is_not_billed_for_what_was_charged_before_it(scene, stripe, cast):
    before = charged(scene)
    talk(scene, at=NOW)
    set_customer(scene.org, customer_id="cus_Nobody", actor=cast.olga, now=LATER)
    sweep(LATER)
    assert stripe.total("cus_Acorn1") == charged(scene) - before > 0


def test_a_server_that_is_away_is_tried_for_a_day(scene, settings):
    settings.STRIPE_API_URL = "http://127.0.0.1:1"
    talk(scene, at=NOW)
    reports.plan(now=LATER)
    sweep(LATER)
    Outbox.objects.filter(kind=reports.REPORT).update(attempts=delivery.MAX_ATTEMPTS, due_at=LATER)
    delivery.send_due(now=LATER + timedelta(days=1))
    row = Outbox.objects.get(kind=reports.REPORT)
    assert row.dead_at is not None
    assert "EndpointRefused" in row.last_error


def test_without_the_setting_nothing_is_reported(scene, stripe, settings, cast):
    talk(scene, at=NOW)
    settings.STRIPE_METER_EVENT = ""
    reports.plan(now=LATER)
    sending.send_due(hint=0, now=LATER)
    assert not MeterReport.objects.exists()
    assert (
        "Stripe"
        not in browser_of(cast.olga).get(f"/operator/organizations/{scene.org.public_id}/").text
    )


def test_the_operator_says_which_customer_an_organization_is(cast, stripe):
    office, browser = Office(cast.acorn), browser_of(cast.olga)
    page = f"/operator/organizations/{office.org.public_id}/"
    refused = browser.post(f"{page}stripe/", {"customer_id": "acct_1"})
    assert refused.status_code == 422
    assert "Enter a customer ID" in refused.text
    assert "saved" in browser.post(f"{page}stripe/", {"customer_id": "cus_1"}, follow=True).text
    assert StripeCustomer.objects.get(org=cast.acorn).customer_id == "cus_1"
    with pytest.raises(ValidationError):
        set_customer(cast.acorn, customer_id="cus 1", actor=cast.olga, now=NOW)
