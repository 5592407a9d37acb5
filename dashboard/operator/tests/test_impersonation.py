"""Through the pages: an operator impersonates an organization, visibly, audited, for a while."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Impersonation
from testing.office import browser_of

END = "/operator/impersonation/end/"


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


def begin(browser, org, **changed):
    form = {"role": "admin", "reason": "ticket 81"} | changed
    return browser.post(f"/operator/organizations/{org.public_id}/impersonate/", form)


def test_it_leads_into_the_organization_and_every_page_says_so(cast, olga):
    home = f"/o/{cast.acorn.public_id}/"
    assert olga.get(home).status_code == 404
    assert begin(olga, cast.acorn).url == home
    for page in (home, f"{home}agents/", f"{home}members/", "/operator/", "/operator/plans/"):
        shown = olga.get(page).text
        assert "You’re impersonating Acorn as admin" in shown, page
        assert f'action="{END}"' in shown, page
    assert olga.get(f"/o/{cast.birch.public_id}/").status_code == 404


def test_the_organization_reads_who_why_and_what(cast, olga):
    begin(olga, cast.acorn)
    olga.post(
        f"/o/{cast.acorn.public_id}/settings/", {"name": "Acorn & Co", "recording_days": "30"}
    )
    olga.post(END)
    log = browser_of(cast.alice).get(f"/o/{cast.acorn.public_id}/audit/").text
    assert "olga@example.com" in log
    assert "platform operator" in log
    assert "admin: ticket 81" in log
    actions = AuditEntry.objects.filter(org=cast.acorn, actor=cast.olga).order_by("pk")
    assert [entry.action for entry in actions] == [
        "impersonation.began",
        "organization.changed",
        "impersonation.ended",
    ]
    assert {entry.impersonation for entry in actions} == {Impersonation.objects.get()}


def test_it_is_ended_by_the_banners_button(cast, olga):
    begin(olga, cast.acorn)
    answer = olga.post(END, follow=True)
    assert "Impersonation ended." in answer.text
    assert "You’re impersonating" not in answer.text
    assert olga.get(f"/o/{cast.acorn.public_id}/").status_code == 404
    assert olga.post(END).url == "/operator/"


def test_it_ends_after_thirty_minutes(cast, olga):
    begin(olga, cast.acorn)
    opened = Impersonation.objects.get()
    assert timedelta(minutes=29) < opened.expires_at - timezone.now() <= timedelta(minutes=30)
    Impersonation.objects.update(expires_at=timezone.now())
    assert olga.get(f"/o/{cast.acorn.public_id}/").status_code == 404
    assert "You’re impersonating" not in olga.get("/operator/").text


def test_a_role_allows_no_more_than_itself(cast, olga):
    begin(olga, cast.acorn, role="viewer")
    assert olga.get(f"/o/{cast.acorn.public_id}/").status_code == 200
    assert olga.get(f"/o/{cast.acorn.public_id}/settings/").status_code == 403


@pytest.mark.parametrize(("field", "value"), [("role", "owner"), ("role", ""), ("reason", " ")])
def test_without_role_and_reason_nothing_opens(cast, olga, field, value):
    answer = begin(olga, cast.acorn, **{field: value})
    assert answer.status_code == 422
    assert f'id="impersonation_{field}_error"' in answer.text
    assert not Impersonation.objects.exists()


def test_an_old_session_proves_itself_again_first(cast):
    browser = browser_of(cast.olga, logged_in_ago=86_400)
    assert "/accounts/reauthenticate/" in begin(browser, cast.acorn).url
    assert not Impersonation.objects.exists()
