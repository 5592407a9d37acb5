"""Signing up and logging in with an e-mail address, and the second factor."""

import re
from datetime import timedelta
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.login.adapters import AccountAdapter
from accounts.login.relabelled_forms import NewPasswordForm
from accounts.members.access import has_fresh_login
from accounts.models import Membership, Organization, User
from testing.cast import PASSWORD
from testing.office import browser_of


@pytest.fixture(autouse=True)
def _fresh_rate_limits(cheap_passwords):
    cache.clear()


def log_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_signing_up_creates_the_user_and_nothing_else(client, db):
    response = client.post(
        reverse("account_signup"),
        {"email": "New@Example.com", "password1": PASSWORD},
    )
    assert response.status_code == 302
    user = User.objects.get()
    assert user.email == "new@example.com"
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not Organization.objects.exists()
    assert not Membership.objects.exists()
    assert client.session["_auth_user_id"] == str(user.pk)


def test_who_has_just_signed_up_is_not_asked_for_the_password_again(client, db):
    client.post(
        reverse("account_signup"),
        {"email": "new@example.com", "password1": PASSWORD},
    )
    request = HttpRequest()
    request.session, request.user = client.session, User.objects.get()
    now = timezone.now()
    assert has_fresh_login(request, now=now)
    timeout = timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    assert not has_fresh_login(request, now=now + timeout)


@pytest.mark.parametrize("email", ["alice@example.com", "Alice@Example.COM"])
def test_a_person_logs_in_with_their_address_in_any_case(client, cast, email):
    assert log_in(client, email).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.alice.pk)


def test_a_wrong_password_logs_nobody_in(client, cast):
    assert log_in(client, "alice@example.com", "wrong password").status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_weak_password_is_refused_at_sign_up(client, db):
    client.post(
        reverse("account_signup"),
        {"email": "new@example.com", "password1": "password", "password2": "password"},
    )
    assert not User.objects.exists()


def test_the_second_factor_can_be_set_up_and_is_stored_sealed(client, cast):
    log_in(client, "alice@example.com")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    cast.alice.emailaddress_set.update(verified=True)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    code = totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
    )
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    stored = Authenticator.objects.get(user=cast.alice, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data)
    assert stored.wrap().validate_code(code) is not None


def test_the_admins_log_in_is_the_sites_own(client, cast):
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_a_member_without_staff_rights_stays_out_of_the_admin(client, cast):
    client.force_login(cast.alice)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_superuser_is_created_with_an_address_in_lower_case(db):
    user = User.objects.create_superuser("Olga@Example.com", PASSWORD)
    assert user.email == "olga@example.com"
    assert user.check_password(PASSWORD)
    with pytest.raises(ValueError, match=re.escape("e-mail address")):
        User.objects.create_user("")


@pytest.mark.parametrize("target", ["http://[::1", "//[", "http://[::1]:99999999/", "\\\\[::1"])
@pytest.mark.parametrize("page", ["login", "signup", "logout", "password/reset"])
def test_a_page_to_come_back_to_that_is_no_url_is_passed_over(client, cast, page, target):
    answer = client.get(f"/accounts/{page}/", {"next": target})
    assert answer.status_code in (200, 302)
    assert target not in answer.headers.get("Location", "")


def test_the_log_in_says_why_one_is_there(cast, client):
    why = "Sign in to open the page you asked for."
    page = f"/o/{cast.acorn.public_id}/usage/"
    assert why in client.get(page, follow=True).text
    assert why not in client.get("/", follow=True).text
    assert why not in client.get("/accounts/login/").text


def test_an_only_address_is_neither_made_primary_nor_removed(cast):
    browser = browser_of(cast.vera)
    assert 'name="action_primary"' not in browser.get("/accounts/email/").text
    assert 'name="action_remove"' not in browser.get("/accounts/email/").text
    EmailAddress.objects.create(user=cast.vera, email="second@example.com", verified=True)
    browser = browser_of(cast.vera)  # the change has ended her session
    assert 'name="action_primary"' in browser.get("/accounts/email/").text


def test_only_an_unconfirmed_address_is_sent_another_confirmation(cast):
    own = {"user": cast.vera, "email": cast.vera.email}
    address, _made = EmailAddress.objects.update_or_create(
        **own, defaults={"verified": True, "primary": True}
    )
    assert 'name="action_send"' not in browser_of(cast.vera).get("/accounts/email/").text
    EmailAddress.objects.filter(pk=address.pk).update(verified=False)
    assert 'name="action_send"' in browser_of(cast.vera).get("/accounts/email/").text


def test_nobody_is_on_first_name_terms_in_german(cast):
    """The package's own German says "du"; what of it people meet here is in this site's words."""
    du = re.compile(r"\b(du|dich|dir|dein\w*)\b", re.IGNORECASE)
    with translation.override("de"):
        said = [str(each) for each in AccountAdapter.error_messages.values()]
        form = NewPasswordForm(cast.vera, {"password1": PASSWORD, "password2": "x"})
        said += form.errors["password2"]
        for path in Path(allauth.__file__).parent.glob("templates/*/messages/*.txt"):
            name = "/".join(path.parts[-3:])
            said.append(render_to_string(name, {"email": cast.vera.email, "user": cast.vera}))
    assert not [each for each in said if du.search(each)]
