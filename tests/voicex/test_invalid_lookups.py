"""Values that no page of the admin sends: answered as other wrong values are, never by an error."""

import pytest
from django.contrib import admin

from accounts.admin.base import Page
from accounts.admin.invalid_lookups import HandlesInvalidLookups
from accounts.models import Membership
from testing.cast import Cast
from testing.office import Office, browser_of

PEOPLE = "/admin/accounts/user/"
KEYS = "/admin/accounts/apikey/"


@pytest.fixture
def olga(cast: Cast):
    Office(cast.acorn)
    return browser_of(cast.olga)


def test_every_page_of_the_admin_survives_them():
    assert all(isinstance(page, Page) for page in admin.site._registry.values())
    assert issubclass(Page, HandlesInvalidLookups)


@pytest.mark.parametrize(
    "query",
    [
        f"{KEYS}?digest__range=x",
        f"{KEYS}?id__range=",
        f"{KEYS}?created_at__year=99999",
        f"{KEYS}?created_at__year=9999&created_at__month=12",
        "/admin/agents/agentversion/?prepared__contains=x",
    ],
)
def test_a_filter_that_no_query_can_run_leads_to_the_list_without_it(olga, query):
    answer = olga.get(query)
    assert (answer.status_code, answer.headers.get("Location", "")[-4:]) == (302, "?e=1")


@pytest.mark.parametrize("key", ["%5D%5D", "½", "9" * 30, "x"])
@pytest.mark.parametrize("what", ["change", "delete", "history"])
def test_a_row_that_is_named_by_no_key_is_not_there(olga, key, what):
    for table in (PEOPLE, KEYS):
        assert olga.get(f"{table}{key}/{what}/").status_code in (302, 403, 404)


def test_a_row_is_found_by_its_key_alone(olga, cast: Cast):
    page = f"{PEOPLE}{cast.bob.pk}/delete/"
    assert olga.get(f"{page}?_to_field=").status_code == 200
    assert olga.post(page, {"_to_field": "", "post": "yes"}).url == PEOPLE


def test_an_action_on_what_is_no_row_is_refused(olga):
    form = {"action": "revoke_selected", "index": "0", "select_across": "0"}
    assert olga.post(KEYS, {**form, "_selected_action": ["{}"]}).status_code == 400


def test_a_form_with_a_choice_that_is_no_row_is_shown_again(olga):
    answer = olga.post(f"{KEYS}add/", {"org": "xx-xx", "label": "Main"})
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.text


def test_the_address_fills_in_no_form(olga):
    answer = olga.get(f"{KEYS}add/?org=xx&label=filled")
    assert answer.status_code == 200
    assert "filled" not in answer.text


def test_what_a_service_refuses_is_said(olga, cast: Cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    member = Membership.objects.get(org=cast.acorn, user=cast.bob)
    page = f"/admin/accounts/membership/{member.pk}/change/"
    answer = olga.post(page, {"role": "owner"}, follow=True)
    assert "must confirm their email address" in answer.text
    member.refresh_from_db()
    assert member.role == Membership.Role.MEMBER


def test_no_row_has_a_page_on_this_site(olga):
    assert olga.get("/admin/r/²/x/").status_code == 404
