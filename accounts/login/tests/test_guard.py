"""Whatever changes how one logs in: asked for anew, reported, and ending other sessions."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.addresses import RIPE_AFTER, confirm, may_reset_by
from accounts.login.guard import OPEN_ROUTES
from accounts.login.sign_up import FurtherAddressForm
from accounts.models import SessionRow, User
from testing.cast import PASSWORD, Cast

NEW = "a new and good sentence"
AGAIN = "/accounts/reauthenticate/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def alice(cast: Cast) -> User:
    """Alice, her address confirmed long ago."""
    confirm(cast.alice)
    return cast.alice


def logged_in(user: User, *, ago: float = 0) -> Client:
    """A browser that logged in so many seconds ago."""
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    session = client.session
    for entry in session["account_authentication_methods"]:
        entry["at"] -= ago
    session.save()
    return client


def is_in(client: Client) -> bool:
    return client.get("/accounts/email/").status_code == 200


def routes(resolver: URLResolver, before: str = "") -> dict[str, str]:
    """Name and pattern of every route below accounts/."""
    found: dict[str, str] = {}
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            found |= routes(each, pattern)
        elif isinstance(each, URLPattern) and pattern.startswith("accounts/"):
            found[str(each.name)] = pattern
    return found


ROUTES = routes(get_resolver())
# Each with its reason: it proves who one is, or takes a right away.
OPEN = {
    "account_login": "the way in",
    "account_logout": "the way out",
    "account_signup": "makes a new account",
    "account_reauthenticate": "is the proof",
    "account_confirm_email": "the link is the proof; adding the address was guarded",
    "account_confirm_login_code": "the way in",
    "account_email_verification_sent": "a page to read",
    "account_reset_password": "sends a mail",
    "account_reset_password_from_key": "the link is the proof",
    "account_end_session": "takes away",
    "account_end_other_sessions": "takes away",
    "mfa_authenticate": "the way in",
    "mfa_reauthenticate": "is the proof",
    "mfa_reauthenticate_webauthn": "is the proof",
    "mfa_login_webauthn": "the way in",
}


def path_of(name: str) -> str:
    values = {"key": "x", "uidb36": "1", "pk": 1, "session_id": "x"}
    return reverse(
        name,
        kwargs={
            k: v for k, v in values.items() if f"<{k}>" in ROUTES[name] or f":{k}>" in ROUTES[name]
        },
    )


def test_the_open_routes_are_these_and_no_others() -> None:
    assert set(OPEN_ROUTES) == set(OPEN)
    assert set(OPEN) <= set(ROUTES)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(OPEN)))
def test_every_other_route_asks_an_old_session_first(alice: User, name: str, method: str) -> None:
    browser = logged_in(alice, ago=3600)
    answer = getattr(browser, method)(path_of(name))
    assert answer.status_code == 302, name
    assert answer.url.startswith(AGAIN), name


@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(OPEN)))
def test_and_lets_no_visitor_in(db: None, name: str) -> None:
    answer = Client().post(path_of(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_the_form_continues_after_the_password(alice: User) -> None:
    browser = logged_in(alice, ago=3600)
    form = {"action_add": "", "email": "second@example.com"}
    asked = browser.post("/accounts/email/", form)
    assert not EmailAddress.objects.filter(email="second@example.com").exists()
    browser.post(asked.url, {"password": PASSWORD, "next": "/accounts/email/"})
    assert EmailAddress.objects.filter(email="second@example.com").exists()


@pytest.mark.parametrize(
    ("ago", "path"),
    [
        (3600, "/accounts/email/"),
        (3600, "/o/{org}/credentials/"),
        (0, "/accounts/2fa/totp/deactivate/"),  # which allauth itself guards
    ],
)
def test_a_form_too_long_to_wait_is_not_kept_and_leads_back_to_its_page(
    alice: User, cast: Cast, ago: int, path: str
) -> None:
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    path = path.format(org=cast.acorn.public_id)
    browser = logged_in_past_the_factor(alice)
    session = browser.session
    for entry in session["account_authentication_methods"]:
        entry |= {"at": entry["at"] - ago, "reauthenticated": bool(ago)}
    session.save()
    page = f"http://testserver{path}"
    browser.post(path, {"action_add": "", "email": "short@example.com"})
    assert STATE_SESSION_KEY in browser.session
    asked = browser.post(path, {"email": "x" * 200_000}, headers={"referer": page})
    assert (asked.status_code, parse_qs(urlsplit(asked.url).query)) == (302, {"next": [path]})
    assert "authenticate" in asked.url
    # Nor is the former one, which would be sent in its place.
    assert STATE_SESSION_KEY not in browser.session
    assert "couldn’t be kept for you" in browser.get(asked.url).text


def test_a_form_that_was_given_up_is_not_sent_later(alice: User) -> None:
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    path = "/accounts/2fa/totp/deactivate/"
    browser = logged_in_past_the_factor(alice)
    session = browser.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    assert "is carried out" in browser.get(browser.post(path).url).text
    asked = browser.get(path)  # to look at the page, much later
    assert "is carried out" not in browser.get(asked.url).text
    answer = browser.post(asked.url, {"password": PASSWORD, "next": path})
    assert (answer.status_code, answer.url) == (302, path)
    assert Authenticator.objects.filter(user=alice).exists()


def test_a_form_is_given_up_where_its_page_asks_for_no_password(alice: User) -> None:
    browser = logged_in(alice, ago=3600)
    path = "/accounts/email/"
    asked = browser.post(path, {"action_add": "", "email": "new@example.com"})
    assert "is carried out" in browser.get(asked.url).text
    assert browser.get(path).status_code == 200  # to look at the page
    assert "is carried out" not in browser.get(asked.url).text
    browser.post(asked.url.partition("?")[0], {"password": PASSWORD, "next": path})
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_a_form_waits_for_ten_minutes_and_is_shown_to_who_confirms_it(
    alice: User, time_machine
) -> None:
    browser = logged_in(alice, ago=3600)
    start = timezone.now()
    for seconds, is_added in ((601, False), (599, True)):
        time_machine.move_to(start, tick=False)
        asked = browser.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
        assert "what was sent to /accounts/email/ is carried out" in browser.get(asked.url).text
        time_machine.move_to(start + timedelta(seconds=seconds), tick=False)
        form = {"password": PASSWORD, "next": "/accounts/email/"}
        answer = browser.post(asked.url.partition("?")[0], form, follow=True)
        assert EmailAddress.objects.filter(email="new@example.com").exists() is is_added
        assert ("waited for too long" in answer.text) is not is_added
        start += timedelta(hours=1)


def change_password(browser: Client) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    browser.post("/accounts/password/change/", form)


def add_address(browser: Client) -> None:
    browser.post("/accounts/email/", {"action_add": "", "email": "second@example.com"})


def remove_address(browser: Client) -> None:
    browser.post("/accounts/email/", {"action_remove": "", "email": "old@example.com"})


def drop_second_factor(browser: Client) -> None:
    browser.post(AGAIN, {"password": PASSWORD})
    browser.post("/accounts/2fa/totp/deactivate/")


def new_recovery_codes(browser: Client) -> None:
    browser.post(AGAIN, {"password": PASSWORD})
    browser.post("/accounts/2fa/recovery-codes/generate/")


CHANGES = [change_password, add_address, remove_address, new_recovery_codes, drop_second_factor]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_the_other_sessions_and_is_mailed_to_every_former_address(
    alice: User, change
) -> None:
    EmailAddress.objects.create(user=alice, email="old@example.com", verified=True)
    here, elsewhere = logged_in(alice), logged_in(alice)
    if change in (new_recovery_codes, drop_second_factor):
        # After the log-ins, which would ask for it.
        Authenticator.objects.bulk_create(
            [Authenticator(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})]
        )
    if change is drop_second_factor:
        RecoveryCodes.activate(alice)
        here, elsewhere = logged_in_past_the_factor(alice), logged_in_past_the_factor(alice)
    mail.outbox.clear()
    change(here)
    assert is_in(here)
    assert not is_in(elsewhere)
    told = {each.to[0] for each in mail.outbox if "has changed" in each.subject}
    assert told == {"alice@example.com", "old@example.com"}


def logged_in_past_the_factor(user: User) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def test_an_old_session_does_not_become_the_account(alice: User, time_machine) -> None:
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    thief = logged_in(alice, ago=3600)
    thief.post("/accounts/email/", {"action_add": "", "email": "attacker@evil.example"})
    assert not EmailAddress.objects.filter(email="attacker@evil.example").exists()

    # And one that is fresh, by whatever means, gains a day at most, in plain sight.
    fresh, owner = logged_in(alice), logged_in(alice)
    mail.outbox.clear()
    fresh.post("/accounts/email/", {"action_add": "", "email": "attacker@evil.example"})
    assert not is_in(owner)
    assert any("attacker@evil.example" in m.body and m.to == [alice.email] for m in mail.outbox)
    [link] = [
        re.search(r"(/accounts/confirm-email/\S+)", m.body).group(1)
        for m in mail.outbox
        if m.to == ["attacker@evil.example"] and "confirm-email" in m.body
    ]
    Client().post(link)
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "attacker@evil.example"})
    assert not any("/reset/key/" in m.body for m in mail.outbox)
    assert not may_reset_by(alice, "attacker@evil.example", now=start + RIPE_AFTER / 2)
    assert may_reset_by(alice, "attacker@evil.example", now=start + RIPE_AFTER)
    # The owner's own address opens at once, and ends every session.
    Client().post("/accounts/password/reset/", {"email": alice.email})
    [key] = [m.body for m in mail.outbox if m.to == [alice.email] and "/reset/key/" in m.body]
    path = re.search(r"(/accounts/password/reset/key/\S+)", key).group(1)
    owner = Client()
    form = owner.get(path, follow=True).redirect_chain[-1][0]
    owner.post(form, {"password1": NEW, "password2": NEW})
    assert not is_in(fresh)
    assert not SessionRow.objects.filter(user=alice).exists()


def test_an_address_that_was_never_confirmed_resets_nothing(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="attacker@evil.example")
    Client().post("/accounts/password/reset/", {"email": "attacker@evil.example"})
    assert not any("/reset/key/" in each.body for each in mail.outbox)
    assert not may_reset_by(
        alice, "attacker@evil.example", now=timezone.now() + timedelta(days=400)
    )


def test_the_first_address_stays_good_for_a_reset(cast: Cast) -> None:
    assert may_reset_by(cast.bob, cast.bob.email, now=timezone.now())
    confirm(cast.bob)
    assert may_reset_by(cast.bob, cast.bob.email, now=timezone.now())


def test_an_account_of_an_unconfirmed_address_gets_no_second_one(cast: Cast) -> None:
    """Else a person who signs up with another's address could keep a way in for later."""
    browser = logged_in(cast.bob)
    page = browser.post("/accounts/email/", {"action_add": "", "email": "mine@evil.example"})
    assert "Confirm the address" in page.text
    assert not EmailAddress.objects.filter(email="mine@evil.example").exists()


def test_a_change_outside_of_a_request_ends_sessions_too(alice: User) -> None:
    browser = logged_in(alice)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert not is_in(browser)


def test_a_stronger_hash_of_the_same_password_is_no_change(alice: User, settings) -> None:
    browser = logged_in(alice)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    mail.outbox.clear()
    logged_in(alice)
    assert not mail.outbox
    assert SessionRow.objects.filter(user=alice).count() == 2
    assert browser is not None


def test_a_used_recovery_code_and_a_new_name_are_no_change(alice: User) -> None:
    codes = RecoveryCodes.activate(alice)
    browser = logged_in_past_the_factor(alice)
    assert codes.validate_code(codes.get_unused_codes()[0])
    assert is_in(browser)


def test_a_user_has_so_many_addresses_at_most(alice: User, settings) -> None:
    """Each that is confirmed is mailed every change, however many those are."""
    assert settings.ACCOUNT_MAX_EMAIL_ADDRESSES == 10
    settings.ACCOUNT_MAX_EMAIL_ADDRESSES = 2
    browser = logged_in(alice)
    for number in range(4):
        cache.clear()  # one form every two seconds
        browser.post("/accounts/email/", {"action_add": "", "email": f"a{number}@example.com"})
        log_in = {"login": alice.email, "password": PASSWORD}
        browser.post("/accounts/login/", log_in)
    assert EmailAddress.objects.filter(user=alice).count() == 2


def test_of_two_addresses_that_are_added_at_once_the_second_is_refused(alice: User) -> None:
    """Both are counted before either is written."""
    confirm(alice)
    forms = [FurtherAddressForm(alice, {"email": f"a{number}@example.com"}) for number in range(2)]
    assert [each.is_valid() for each in forms] == [True, False]
    assert "sent twice at once" in forms[1].errors["email"][0]
