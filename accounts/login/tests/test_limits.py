"""Guessing is bounded, and locks no user out of a browser that they have logged in with."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.addresses import confirm
from accounts.login import limits
from testing.cast import PASSWORD, Cast


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def tries(client: Client, email: str, password: str, address: str = "203.0.113.1") -> bool:
    """Whether the log-in succeeds from that address."""
    client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    is_in = "_auth_user_id" in client.session
    if is_in:
        client.post("/accounts/logout/")
    return is_in


def test_a_thousand_strangers_do_not_keep_the_owner_out(cast: Cast) -> None:
    known = Client()
    assert tries(known, cast.alice.email, PASSWORD, "198.51.100.7")
    for number in range(1_000):
        address = f"203.0.{number % 200}.{number // 200 + 1}"
        try:
            limits.begin_attempt(request_from(address), cast.alice.email)
        except limits.TooManyAttempts:
            continue
    assert tries(known, cast.alice.email, PASSWORD, "192.0.2.99")


def request_from(address: str):
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    request = RequestFactory().post("/accounts/login/", REMOTE_ADDR=address)
    request.user = AnonymousUser()
    return request


def attempts(count: int, *, address: str, login: str) -> int:
    """How many of `count` attempts are taken."""
    taken = 0
    for _ in range(count):
        try:
            limits.begin_attempt(request_from(address), login)
        except limits.TooManyAttempts:
            continue
        taken += 1
    return taken


def test_one_address_tries_one_account_a_few_times(db) -> None:
    taken = attempts(100, address="203.0.113.1", login="alice@example.com")
    assert taken == limits.A_PAIR
    assert attempts(1, address="203.0.113.2", login="alice@example.com") == 1


def test_one_address_tries_all_accounts_together_a_bounded_number_of_times(db) -> None:
    taken = sum(
        attempts(1, address="203.0.113.1", login=f"p{number}@example.com") for number in range(200)
    )
    assert taken == limits.AN_ADDRESS


def test_a_network_of_version_6_counts_as_one_address(db) -> None:
    taken = sum(
        attempts(1, address=f"2001:db8::{number:x}", login="alice@example.com")
        for number in range(1, 100)
    )
    assert taken == limits.A_PAIR


def test_many_addresses_together_wait_for_each_other(db, time_machine) -> None:
    time_machine.move_to("2026-01-05 10:00:00+00:00", tick=False)
    taken = sum(
        attempts(1, address=f"203.0.113.{number}", login="alice@example.com")
        for number in range(1, 201)
    )
    assert taken <= limits.AN_ACCOUNT + 1
    time_machine.shift(limits.LONGEST_WAIT + 1)
    assert attempts(1, address="198.51.100.1", login="alice@example.com") == 1  # never a lock


def test_the_right_password_is_not_counted(cast: Cast) -> None:
    for _ in range(3 * limits.A_PAIR):
        assert tries(Client(), cast.alice.email, PASSWORD)


def test_a_known_browser_guesses_a_bounded_number_of_times(cast: Cast) -> None:
    known = Client()
    assert tries(known, cast.alice.email, PASSWORD)
    for _ in range(limits.A_DEVICE):
        assert not tries(known, cast.alice.email, "wrong")
    assert not tries(known, cast.alice.email, PASSWORD)
    assert tries(Client(), cast.alice.email, PASSWORD, "198.51.100.7")


def test_a_browser_is_known_for_its_own_accounts_alone(cast: Cast) -> None:
    charlies = Client()
    assert tries(charlies, cast.charlie.email, PASSWORD)
    wrong = [tries(charlies, cast.alice.email, "wrong") for _ in range(limits.A_PAIR)]
    assert not any(wrong)
    assert not tries(charlies, cast.alice.email, PASSWORD)
    assert tries(charlies, cast.charlie.email, PASSWORD)


def test_a_forged_cookie_makes_no_known_browser(cast: Cast) -> None:
    known, forged = Client(), Client()
    assert tries(known, cast.alice.email, PASSWORD)
    cookie = known.cookies["device"].value
    assert cast.alice.email not in cookie
    forged.cookies["device"] = cookie[:-2] + "xx"
    for _ in range(limits.A_PAIR):
        tries(forged, cast.alice.email, "wrong")
    assert not tries(forged, cast.alice.email, PASSWORD)


def test_proving_oneself_again_is_counted_for_its_session(cast: Cast) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    for _ in range(20):
        here.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert here.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 200
    assert elsewhere.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def flooded(email: str) -> None:
    """Strangers at many addresses have all of the turns of an account, and go on."""
    for number in range(1_000):
        attempts(1, address=f"203.0.{number % 200}.{number // 200 + 1}", login=email)


def new_password(client: Client, email: str, password: str) -> None:
    """Choose another one by the mailed link."""
    client.post("/accounts/password/reset/", {"email": email}, REMOTE_ADDR="192.0.2.7")
    link = re.search(r"http://localhost:8000(\S+)", mail.outbox[-1].body)
    form = client.get(link[1]).headers["Location"]
    client.post(form, {"password1": password, "password2": password})


def test_a_mailed_link_leads_past_a_flood_in_a_new_browser(cast: Cast) -> None:
    confirm(cast.alice)
    new = Client()
    flooded(cast.alice.email)
    assert not tries(new, cast.alice.email, PASSWORD, "192.0.2.7")
    new_password(new, cast.alice.email, "an unrelated set of words")
    assert tries(new, cast.alice.email, "an unrelated set of words", "192.0.2.7")


def with_codes(cast: Cast) -> list[str]:
    """The recovery codes of Alice, who has an authenticator app."""
    TOTP.activate(cast.alice, "JBSWY3DPEHPK3PXP")
    confirm(cast.alice)
    return RecoveryCodes.activate(cast.alice).get_unused_codes()


def shows(client: Client, code: str, address: str) -> bool:
    """Whether Alice's password and then this code log in from that address."""
    form = {"login": "alice@example.com", "password": PASSWORD}
    client.post("/accounts/login/", form, REMOTE_ADDR=address)
    client.post("/accounts/2fa/authenticate/", {"code": code}, REMOTE_ADDR=address)
    is_in = "_auth_user_id" in client.session
    if is_in:
        client.post("/accounts/logout/")
    return is_in


def test_who_has_the_password_keeps_no_owner_from_the_second_factor(cast: Cast) -> None:
    codes = with_codes(cast)
    known = Client()
    assert shows(known, codes[0], "198.51.100.7")
    for number in range(40):
        assert not shows(Client(), "000000", f"203.0.113.{number}")
    assert shows(known, codes[1], "192.0.2.99")


def test_a_second_factor_is_guessed_a_few_times_from_wherever(cast: Cast, time_machine) -> None:
    codes = with_codes(cast)
    time_machine.move_to("2026-01-05 10:00:00+00:00", tick=False)
    for number in range(limits.A_FACTOR + 1):
        assert not shows(Client(), "000000", f"203.0.113.{number}")
    assert not shows(Client(), codes[0], "198.51.100.7")  # right, and not looked at
    time_machine.shift(limits.LONGEST_FACTOR_WAIT + 1)
    assert shows(Client(), codes[0], "198.51.100.7")


def test_one_address_guesses_a_second_factor_a_few_times(cast: Cast, monkeypatch) -> None:
    codes = with_codes(cast)
    monkeypatch.setattr(limits, "A_FACTOR", 100)
    for _ in range(limits.A_PAIR):
        assert not shows(Client(), "000000", "203.0.113.1")
    assert not shows(Client(), codes[0], "203.0.113.1")
    assert shows(Client(), codes[0], "203.0.113.2")


def test_a_mailbox_makes_no_browser_known_for_the_second_factor(cast: Cast) -> None:
    codes = with_codes(cast)
    new = Client()
    new_password(new, cast.alice.email, PASSWORD)
    for number in range(limits.A_FACTOR + 1):
        assert not shows(Client(), "000000", f"203.0.113.{number}")
    assert not shows(new, codes[0], "192.0.2.99")
