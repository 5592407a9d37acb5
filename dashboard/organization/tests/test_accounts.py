"""Signing up, in and out, in our own dress; error pages; what a browser may run."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.template.loader import get_template
from django.test import Client

from accounts.models import User
from testing.cast import PASSWORD
from testing.office import browser_of

TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.fixture(autouse=True)
def _fresh_rate_limits():
    cache.clear()  # allauth counts log-ins there


def test_a_visitor_signs_up_names_an_organization_and_sees_the_way_to_a_first_call(db):
    browser = Client()
    assert 'class="entrance"' in browser.get("/accounts/signup/").text
    password = "a long enough sentence"
    page = browser.post(
        "/accounts/signup/",
        {"email": "new@example.com", "password1": password},
        follow=True,
    )
    assert page.redirect_chain[-1][0] == "/organizations/new/"
    page = browser.post("/organizations/new/", {"name": "Dogwood"}, follow=True)
    assert "Your first call" in page.text


def test_a_sign_up_that_is_refused_keeps_the_address_and_says_why_beside_the_field(db):
    page = Client().post("/accounts/signup/", {"email": "new@example.com", "password1": "short"})
    assert 'value="new@example.com"' in page.text
    assert 'id="id_password1_error"' in page.text
    assert not User.objects.exists()


def test_a_member_logs_in_comes_back_to_the_page_they_wanted_and_logs_out(cast):
    browser = Client()
    wanted = f"/o/{cast.acorn.public_id}/calls/"
    page = browser.post(
        f"/accounts/login/?next={wanted}",
        {"login": "alice@example.com", "password": PASSWORD},
        follow=True,
    )
    assert page.redirect_chain[-1][0] == wanted
    browser.post("/accounts/logout/")
    assert browser.get(wanted).status_code == 302


def test_a_forgotten_password_is_reset_by_mail(cast):
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "alice@example.com"})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    page = browser.get(link[0], follow=True)
    assert 'class="entrance"' in page.text
    browser.post(
        page.redirect_chain[-1][0], {"password1": "a new long one", "password2": "a new long one"}
    )
    assert User.objects.get(pk=cast.alice.pk).check_password("a new long one")


@pytest.mark.parametrize(
    "path",
    ["logout/", "password/change/", "email/", "2fa/", "2fa/totp/activate/", "reauthenticate/"],
)
def test_the_pages_of_a_persons_own_account_wear_our_dress(cast, path):
    page = browser_of(cast.alice).get(f"/accounts/{path}", follow=True)
    assert page.status_code == 200
    assert "voicex.css" in page.text
    assert 'href="#main"' in page.text


def test_a_page_that_is_not_there_says_so_in_words(cast):
    page = browser_of(cast.alice).get("/nowhere/")
    assert page.status_code == 404
    assert "Page not found" in page.text


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_but_itself(name):
    text = get_template(f"{name}.html").render({})
    assert "<h1>" in text
    assert 'href="/"' in text


def test_a_form_of_another_session_is_refused_in_words(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.alice)
    page = browser.post("/organizations/new/", {"name": "x"})
    assert page.status_code == 403
    assert "This form has expired" in page.text


def test_no_template_needs_what_the_content_security_policy_forbids():
    # A block of JSON is data to the browser: it is not run, so the policy does not concern it.
    script = r"<script(?![^>]*\s(?:src=|type=\"application/json\"))"
    forbidden = re.compile(rf"\sstyle=|<style|\son\w+=|javascript:|{script}", re.I)
    templates = list(TEMPLATES.rglob("*.html"))
    assert templates
    for template in templates:
        assert not forbidden.search(template.read_text()), template


def test_every_page_carries_the_policy(cast):
    page = browser_of(cast.alice).get(f"/o/{cast.acorn.public_id}/")
    assert "script-src 'self'; style-src 'self'" in page.headers["Content-Security-Policy"]
