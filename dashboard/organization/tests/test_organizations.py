"""The way in, an organization's overview, its members and its settings."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.members.organizations import suspend
from accounts.models import AuditEntry, Membership, Organization, User
from telephony.webhooks.callback_urls import status_callback_url
from testing.filled_forms import as_shown
from testing.office import Office, browser_of


def test_a_member_of_one_organization_lands_on_its_overview(cast):
    response = browser_of(cast.vera).get("/")
    assert response.url == f"/o/{cast.acorn.public_id}/"


def test_a_member_of_several_chooses_and_sees_no_other(cast):
    Membership.objects.create(org=cast.birch, user=cast.vera, role="admin")
    Organization.objects.create(name="Cedar")
    page = browser_of(cast.vera).get("/", follow=True)
    assert page.redirect_chain[-1][0] == "/organizations/"
    assert re.findall(r"/o/(\w+)/", page.text) == [cast.acorn.public_id, cast.birch.public_id]


def test_who_belongs_to_none_names_one_and_owns_it(db):
    user = User.objects.create_user("new@example.com")
    browser = browser_of(user)
    assert browser.get("/").url == "/organizations/new/"
    page = browser.post("/organizations/new/", {"name": "  Dogwood & Sons "}, follow=True)
    org = Organization.objects.get()
    assert (org.name, org.memberships.get().role) == ("Dogwood & Sons", "owner")
    assert page.redirect_chain[-1][0] == f"/o/{org.public_id}/start/"
    assert "Dogwood &amp; Sons" in page.text


def test_an_operator_who_belongs_to_none_comes_to_the_operators_area(cast):
    assert browser_of(cast.olga).get("/").url == "/operator/"


def test_the_overview_says_whose_day_its_figures_are_of(cast, acorn):
    browser = browser_of(cast.vera)
    assert "of the organization’s time zone (UTC)." in browser.get(acorn.url()).text
    Organization.objects.filter(pk=cast.acorn.pk).update(time_zone="Asia/Kolkata")
    page = browser.get(acorn.url()).text
    assert "of the organization’s time zone (Asia/Kolkata)." in page


def test_a_zone_under_an_old_name_is_chosen_once_in_the_list(cast, acorn):
    Organization.objects.filter(pk=cast.acorn.pk).update(time_zone="Asia/Calcutta")
    page = browser_of(cast.adam).get(acorn.url("settings/")).text
    assert '<option value="Asia/Kolkata" selected>' in page
    assert "Calcutta" not in page


@pytest.mark.parametrize("days", ["0", "-3", "3651", "1.5", "ten"])
@pytest.mark.parametrize("field", ["recording_days", "transcript_days"])
def test_how_long_something_is_kept_has_one_rule(cast, acorn, field, days):
    form = {"name": "Acorn", "recording_days": "30", field: days}
    page = browser_of(cast.adam).post(acorn.url("settings/"), form)
    assert page.status_code == 422
    assert page.text.count("Enter a whole number from 1 to 3650.") >= 1
    assert "greater than or equal" not in page.text


def test_an_organization_without_a_name_is_refused_beside_the_field(db):
    browser = browser_of(User.objects.create_user("new@example.com"))
    page = browser.post("/organizations/new/", {"name": " "})
    assert page.status_code == 422
    assert 'id="id_name_error"' in page.text
    assert not Organization.objects.exists()


def test_the_overview_counts_today_and_what_is_live(cast, acorn):
    now = timezone.now()
    acorn.hangs_up(acorn.rings("CA1", now=now - timedelta(days=3)))
    acorn.hangs_up(acorn.rings("CA2", now=now), after=61)
    acorn.rings("CA3", now=now)
    text = browser_of(cast.vera).get(acorn.url()).text
    figures = dict(
        re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text.split('class="figures"')[1])
    )
    assert figures["call today"] == "1"
    assert figures["minutes today"] == "2"
    assert figures["in progress"] == "1"
    assert text.count('<rect class="bar"') == 14


def test_the_overview_takes_the_same_queries_however_much_there_is(
    cast, acorn, django_assert_max_num_queries
):
    browser = browser_of(cast.alice)
    for number in range(8):
        acorn.hangs_up(acorn.rings(f"CA{number}"))
        Office(acorn.org)
    # session, user, membership, menu, calls by day, ledger by day, calls, agents, slots,
    # of callers who were not answered: requests, calls; tags of calls, unanswered questions
    with django_assert_max_num_queries(14):
        browser.get(acorn.url())


def test_a_suspended_organization_reads_why_on_every_page(cast, acorn):
    suspend(cast.acorn, reason="The invoice of May is open", actor=cast.olga)
    text = browser_of(cast.vera).get(acorn.url("calls/")).text
    assert "This organization is suspended: The invoice of May is open." in text


def test_the_members_page_lists_everybody_with_their_role(cast):
    text = browser_of(cast.vera).get(f"/o/{cast.acorn.public_id}/members/").text
    for person, role in (("alice", "owner"), ("adam", "admin"), ("bob", "member")):
        row = text.split(f"{person}@example.com")[1].split("</tr>")[0]
        assert role.capitalize() in row
    assert "charlie" not in text


def test_settings_are_saved_and_written_down(cast):
    browser = browser_of(cast.adam)
    changed = {"name": "Acorn & Co", "recording_days": cast.acorn.recording_days}
    browser.post(f"/o/{cast.acorn.public_id}/settings/", changed)
    assert Organization.objects.get(pk=cast.acorn.pk).name == "Acorn & Co"
    entry = AuditEntry.objects.get(action="organization.changed")
    assert (entry.actor, entry.target) == (cast.adam, "name")


@pytest.mark.parametrize(
    ("page", "theirs", "mine"),
    [
        ("settings/", {"recording_days": 365}, {"name": "Acorn & Co"}),
        ("settings/", {"transcript_days": None}, {"recording_days": 20}),
        ("settings/", {"recording_days": 365}, {"transcript_days": 30}),
        ("settings/notices/", {"reminder_minutes": 15}, {"time_zone": "Asia/Kolkata"}),
        ("settings/notices/", {"weekly_digest": False}, {"reminder_minutes": 15}),
    ],
)
def test_old_settings_undo_no_change_of_a_colleague(cast, acorn, page, theirs, mine):
    Organization.objects.filter(pk=cast.acorn.pk).update(transcript_days=90)
    adam = browser_of(cast.adam)
    seen = as_shown(adam.get(acorn.url("settings/")).text, next(iter(theirs)))
    Organization.objects.filter(pk=cast.acorn.pk).update(**theirs)
    answer = adam.post(acorn.url(page), seen | mine, follow=True).text
    assert "Changed meanwhile by someone else or in another tab, and kept: " in answer
    found = Organization.objects.filter(pk=cast.acorn.pk).values(*theirs, *mine).get()
    assert found == theirs | mine


def test_a_refused_name_does_not_show_in_the_pages_head(cast):
    page = browser_of(cast.adam).post(f"/o/{cast.acorn.public_id}/settings/", {"name": ""})
    assert page.status_code == 422
    assert 'id="id_name_error"' in page.text
    assert ">Acorn</a>" in page.text


def test_the_settings_hold_the_status_callback_url(cast):
    text = browser_of(cast.adam).get(f"/o/{cast.acorn.public_id}/settings/").text
    assert status_callback_url(cast.acorn).replace("&", "&amp;") in text
