"""The operator finds an organization, reads what it brings, and changes what it may use."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Organization
from agents.versions.publishing import create_agent
from dashboard.operator import organizations
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from testing.phone_number import attempts, spoken
from usage.billing import rollup
from usage.models import Plan, Quota, UsageMonth

PAGE = "/operator/organizations/"


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


def page_of(org: Organization, path: str = "") -> str:
    return f"{PAGE}{org.public_id}/{path}"


def test_the_list_is_newest_first_and_pages_by_key(cast, olga, monkeypatch):
    monkeypatch.setattr(organizations, "PAGE_SIZE", 1)
    first = olga.get(PAGE)
    assert "Birch" in first.text
    assert "Acorn" not in first.text
    second = olga.get(first.context["older_url"])
    assert "Acorn" in second.text
    assert second.context["older_url"] == ""
    assert second.context["newest_url"]


@pytest.mark.parametrize("given", ["aCoR", "alice@example.com", "id"])
def test_an_organization_is_found_by_name_member_or_id(cast, olga, given):
    search = cast.acorn.public_id if given == "id" else given
    found = olga.get(PAGE, {"search": search})
    assert [row[0] for row in found.context["rows"]] == [cast.acorn]


def test_nothing_found_says_so_and_hostile_text_stays_text(cast, olga):
    page = olga.get(PAGE, {"search": "<script>x", "before": "9" * 40})
    assert "No organizations match your search" in page.text
    assert "<script>x" not in page.text


def test_agents_in_use_come_first_and_those_not_shown_are_counted(cast, olga, monkeypatch):
    monkeypatch.setattr(organizations, "AGENTS_SHOWN", 1)
    monkeypatch.setattr(organizations, "MEMBERS_SHOWN", 1)
    create_agent(cast.acorn, name="Oldest")
    cast.acorn.agents.update(archived_at=timezone.now())
    create_agent(cast.acorn, name="Newest")
    page = olga.get(page_of(cast.acorn))
    assert [agent.name for agent in page.context["agents"]] == ["Newest"]
    assert "Oldest" not in page.text
    assert "and 1 more agent" in " ".join(page.text.split())
    members = cast.acorn.memberships.count() - 1
    assert f"and {members} more member" in " ".join(page.text.split())


def test_the_month_shows_calls_minutes_charge_cost_and_margin(cast, olga):
    UsageMonth.objects.create(
        org=cast.acorn,
        month=rollup.month_of(timezone.now(), ""),
        calls=1_234,
        minutes=90,
        amount_micros=2_000_000,
        cost_micros=500_000,
    )
    for page in (olga.get(PAGE).text, olga.get(page_of(cast.acorn)).text):
        for shown in ("1,234", "90", "$2.00", "$0.50", "$1.50", "75%"):
            assert shown in page


def test_the_list_asks_as_much_for_many_as_for_one(cast, olga, django_assert_num_queries):
    olga.get(PAGE)
    # Session, person, second factor, organizations, their months.
    with django_assert_num_queries(5):
        olga.get(PAGE)
    for number in range(10):
        Organization.objects.create(name=f"More {number}")
    with django_assert_num_queries(5):
        olga.get(PAGE)


def test_the_page_of_one_shows_people_agents_and_the_number_of_keys_but_no_key(cast, olga):
    office = Office(cast.acorn)
    page = olga.get(page_of(cast.acorn)).text
    for shown in ("alice@example.com", "Vera".lower(), "Acorn desk", "1 active API key"):
        assert shown in page
    assert office.key.prefix not in page
    assert "vx_" not in page


def test_the_page_of_one_counts_the_days_of_its_settled_calls(cast, olga):
    office = Office(cast.acorn)
    call = office.rings("CA1", now=timezone.now() - timedelta(minutes=5))
    office.hangs_up(call)
    page = olga.get(page_of(cast.acorn))
    assert [day.figures.calls for day in page.context["days"]][-2:] in ([0, 1], [1, 0])
    assert len(page.context["days"]) == 30
    assert "</svg>" in page.text
    assert "As a table" in page.text


def test_the_page_of_one_asks_few_questions(cast, olga, django_assert_max_num_queries):
    Office(cast.acorn)
    olga.get(page_of(cast.acorn))
    with django_assert_max_num_queries(13):
        olga.get(page_of(cast.acorn))


# --- Plan and quota ----------------------------------------------------------------------------


def test_a_plan_is_given_and_leaves_one_trace(cast, olga):
    plan = Plan.objects.create(name="Office", concurrent_calls=5)
    answer = olga.post(page_of(cast.acorn, "quota/"), {"plan": plan.pk})
    assert answer.status_code == 302
    quota = Quota.objects.get(org=cast.acorn)
    assert (quota.plan, quota.concurrent_calls, quota.minutes_a_month) == (plan, None, None)
    [entry] = AuditEntry.objects.filter(org=cast.acorn, action="quota.changed")
    assert (entry.actor, entry.target) == (cast.olga, "Office")


def test_more_than_the_plan_has_is_given_beside_it(cast, olga):
    plan = Plan.objects.create(name="Office", concurrent_calls=5)
    Quota.objects.create(org=cast.acorn, plan=plan)
    olga.post(page_of(cast.acorn, "quota/"), {"plan": plan.pk, "concurrent_calls": "9"})
    quota = Quota.objects.get(org=cast.acorn)
    assert (quota.plan, quota.concurrent_calls) == (plan, 9)
    assert AuditEntry.objects.filter(action="quota.changed").count() == 1


def test_an_old_page_undoes_no_plan_of_another_operator(cast, olga):
    office, large = (Plan.objects.create(name=n, concurrent_calls=5) for n in ("Office", "Large"))
    Quota.objects.create(org=cast.acorn, plan=office)
    seen = as_shown(olga.get(page_of(cast.acorn)).text, "concurrent_calls")
    Quota.objects.update(plan=large, concurrent_calls=9)
    answer = olga.post(
        page_of(cast.acorn, "quota/"), seen | {"minutes_a_month": "100"}, follow=True
    )
    assert "in another tab, and kept: Plan, Concurrent calls." in answer.text
    quota = Quota.objects.get(org=cast.acorn)
    assert (quota.plan, quota.concurrent_calls, quota.minutes_a_month) == (large, 9, 100)
    assert AuditEntry.objects.filter(action="quota.changed").count() == 1


def test_a_quota_that_makes_no_sense_is_refused_beside_the_field(cast, olga):
    answer = olga.post(page_of(cast.acorn, "quota/"), {"concurrent_calls": "-3"})
    assert answer.status_code == 422
    assert 'id="quota_concurrent_calls_error"' in answer.text
    assert 'value="-3"' in answer.text
    assert not Quota.objects.exists()


# --- Suspended and resumed ---------------------------------------------------------------------


def test_callers_of_a_suspended_organization_hear_why(cast, olga, line):
    reason = "the invoice of May & June is open"
    answer = olga.post(page_of(line.org, "suspend/"), {"reason": reason}, follow=True)
    heard = spoken(line.rings())
    assert heard == (
        "We are sorry, this number cannot take calls right now. "
        "The invoice of May & June is open. Goodbye."
    )
    assert attempts(line.org)[-1][:2] == ("declined", "suspended")
    assert "The invoice of May &amp; June is open." in answer.text
    [entry] = AuditEntry.objects.filter(org=line.org, action="organization.suspended")
    assert (entry.actor, entry.target) == (cast.olga, reason)


def test_a_resumed_organization_is_answered_again(cast, olga, line):
    olga.post(page_of(line.org, "suspend/"), {"reason": "A reason."})
    olga.post(page_of(line.org, "resume/"))
    assert b"<Stream" in line.rings().content
    assert AuditEntry.objects.filter(org=line.org, action="organization.resumed").count() == 1
    olga.post(page_of(line.org, "resume/"))
    assert AuditEntry.objects.filter(org=line.org, action="organization.resumed").count() == 1


@pytest.mark.parametrize("reason", ["<Play>x</Play>", "bad\x0bbyte\nnew line", "]]>&amp;"])
def test_a_reason_never_breaks_out_of_the_sentence(cast, line, reason):
    Organization.objects.update(state="suspended", suspended_reason=reason)
    assert spoken(line.rings()).endswith(" Goodbye.")


def test_the_reason_of_another_operator_is_not_replaced_by_an_old_page(cast, olga):
    Organization.objects.filter(pk=cast.acorn.pk).update(
        state="suspended", suspended_reason="Fraud."
    )
    answer = olga.post(page_of(cast.acorn, "suspend/"), {"reason": "Unpaid bills."}, follow=True)
    assert "is suspended already: Fraud. Yours was not stored: Unpaid bills." in answer.text
    cast.acorn.refresh_from_db()
    assert cast.acorn.suspended_reason == "Fraud."


def test_nobody_is_suspended_without_a_reason(cast, olga):
    answer = olga.post(page_of(cast.acorn, "suspend/"), {"reason": "  "})
    assert answer.status_code == 422
    assert 'id="suspension_reason_error"' in answer.text
    cast.acorn.refresh_from_db()
    assert not cast.acorn.is_suspended


def test_an_operator_takes_an_organization_out_of_the_pool_of_new_ones(cast, olga, line):
    Organization.objects.filter(pk=line.org.pk).update(proven_at=None)
    assert "Verify organization" in olga.get(page_of(line.org)).text
    olga.post(page_of(line.org, "prove/"))
    line.org.refresh_from_db()
    assert line.org.is_proven
    assert "Verify organization" not in olga.get(page_of(line.org)).text
    entry = AuditEntry.objects.get(org=line.org, action="organization.proven")
    assert (entry.actor, entry.target) == (cast.olga, "operator")
