"""What is for one person is kept by no cache, and pages ask a browser for nothing they need not."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from dashboard.tests.test_tenancy import LEAST
from testing.office import Office, browser_of

PUBLIC = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/healthz")
CALL = "CA" + "7" * 32


@pytest.fixture
def office(cast) -> Office:
    office = Office(cast.acorn)
    office.rings(CALL)
    return office


def addresses(org_id: str, agent_id: str) -> list[str]:
    """Every page of an organization that can be asked for by its address."""
    found = []
    for name in LEAST:
        for known in ({}, {"call_sid": CALL}, {"agent_id": agent_id}):
            try:
                found.append(reverse(f"dashboard:{name}", kwargs={"org_id": org_id, **known}))
            except NoReverseMatch:
                continue
    return found


def test_no_page_behind_the_log_in_is_kept_by_a_cache(cast, office):
    owner, operator = browser_of(cast.alice), browser_of(cast.olga)
    agent = cast.acorn.agents.get()
    pages = addresses(cast.acorn.public_id, agent.public_id)
    answers = {page: owner.get(page) for page in [*pages, "/", "/accounts/email/"]}
    answers |= {page: operator.get(page) for page in ("/operator/", "/admin/")}
    assert sum(answer.status_code == 200 for answer in answers.values()) > 20
    assert any(answer["Content-Type"].startswith("text/csv") for answer in answers.values())
    kept = {
        page: answer.headers.get("Cache-Control")
        for page, answer in answers.items()
        if "no-store" not in answer.headers.get("Cache-Control", "")
    }
    assert kept == {}


def test_a_refused_form_is_kept_by_no_cache_either(cast):
    visitor = Client(enforce_csrf_checks=True)
    visitor.force_login(cast.alice)
    refused = visitor.post(reverse("dashboard:invite", args=[cast.acorn.public_id]))
    assert refused.status_code == 403
    assert "no-store" in refused["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/join/made-up/", "/accounts/confirm-email/made-up/", "/api/twilio/after/made-up"]
)
def test_a_page_behind_a_secret_link_is_not_kept_and_its_address_not_passed_on(db, path):
    answer = Client().get(path)
    assert "no-store" in answer["Cache-Control"]
    if not path.startswith("/api/"):  # no browser comes there
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_the_same_for_everybody_is_not_marked_private(db, path):
    assert Client().get(path).headers.get("Cache-Control") != "no-store, private"


def test_health_costs_no_query_for_a_user_who_is_logged_in(cast, django_assert_num_queries):
    owner = browser_of(cast.alice)
    with django_assert_num_queries(0):
        owner.get("/healthz")


def test_pages_may_use_the_microphone_of_this_site_and_nothing_else(db):
    policy = Client().get("/accounts/login/")["Permissions-Policy"]
    allowed = [part for part in policy.split(", ") if not part.endswith("=()")]
    assert allowed == ["microphone=(self)"]
    assert "camera=()" in policy
