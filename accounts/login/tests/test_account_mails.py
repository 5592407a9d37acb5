"""Nobody fills another's mailbox, and nobody sends to the whole world, through our forms."""

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.addresses import confirm
from accounts.login import account_mails
from testing.cast import PASSWORD, Cast

ABOUT_A_CHANGE = {"base", "login_changed", "new_destinations", "owners_changed", "rights_changed"}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def signs_up(email: str, *, address: str) -> None:
    form = {"email": email, "password1": "an unrelated set of words"}
    answer = Client().post("/accounts/signup/", form, REMOTE_ADDR=address)
    assert answer.status_code == 302


def forgets_password(email: str, *, address: str) -> None:
    Client().post("/accounts/password/reset/", {"email": email}, REMOTE_ADDR=address)


def sent_to(email: str) -> int:
    return sum(each.to == [email] for each in mail.outbox)


@pytest.mark.parametrize(
    ("most", "bound"),
    [("TO_A_MAILBOX_AN_HOUR", "mailbox_hour"), ("TO_A_MAILBOX_A_DAY", "mailbox_day")],
)
def test_a_mailbox_gets_a_few_of_a_kind_whoever_wants_more(
    cast: Cast, most, bound, monkeypatch, logged
) -> None:
    monkeypatch.setattr(account_mails, most, 2)
    for number in range(4):
        signs_up(cast.alice.email, address=f"203.0.113.{number}")
    assert sent_to(cast.alice.email) == 2
    held = [each["bound"] for each in logged if each["event"] == "mails_held_back"]
    assert held == [bound] * 2
    forgets_password(cast.alice.email, address="203.0.113.9")  # of another kind
    assert sent_to(cast.alice.email) == 3


def test_other_spellings_of_a_mailbox_are_counted_with_it(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(account_mails, "TO_A_MAILBOX_AN_HOUR", 2)
    spellings = ["a.lice@x.io", "alice+1@x.io", "al.ice+2@X.io", "+3@x.io", "+4@x.io", "bob@x.io"]
    for number, email in enumerate(spellings):
        signs_up(email, address=f"203.0.113.{number}")
    assert [sent_to(each.lower()) for each in spellings] == [1, 1, 0, 1, 1, 1]


def test_who_has_had_enough_mails_sent_uses_up_no_mailbox(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(account_mails, "OF_A_REQUESTER_AN_HOUR", 1)
    monkeypatch.setattr(account_mails, "TO_A_MAILBOX_AN_HOUR", 2)
    signs_up("other@example.com", address="203.0.113.1")
    for _ in range(2):
        forgets_password(cast.alice.email, address="203.0.113.1")
    assert sent_to(cast.alice.email) == 0
    forgets_password(cast.alice.email, address="203.0.113.2")
    assert sent_to(cast.alice.email) == 1


def test_what_a_full_day_holds_back_takes_none_of_the_hour(monkeypatch) -> None:
    """The day may end before the hour does."""
    monkeypatch.setattr(account_mails, "TO_A_MAILBOX_A_DAY", 0)
    kind = "account/email/password_reset_key"
    for _ in range(account_mails.TO_A_MAILBOX_AN_HOUR + 1):
        assert not account_mails.may_send(kind, "a@x.io")
    monkeypatch.setattr(account_mails, "TO_A_MAILBOX_A_DAY", 1)
    assert account_mails.may_send(kind, "a@x.io")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_visitors_behind_a_tunnel_are_not_counted_as_one(db, address, monkeypatch) -> None:
    monkeypatch.setattr(account_mails, "OF_A_REQUESTER_AN_HOUR", 1)
    for number in range(2):
        signs_up(f"n{number}@example.com", address=address)
    assert [sent_to(f"n{number}@example.com") for number in range(2)] == [1, 1]


def test_a_visitor_has_mails_sent_to_so_many_and_the_next_visitor_too(db, monkeypatch) -> None:
    monkeypatch.setattr(account_mails, "OF_A_REQUESTER_AN_HOUR", 2)
    for number in range(4):
        signs_up(f"n{number}@example.com", address="203.0.113.1")
    assert [sent_to(f"n{number}@example.com") for number in range(4)] == [1, 1, 0, 0]
    signs_up("other@example.com", address="203.0.113.2")
    assert sent_to("other@example.com") == 1


def test_a_user_is_told_that_a_mail_was_held_back_and_a_stranger_is_not(
    cast: Cast, client: Client, monkeypatch
) -> None:
    confirm(cast.alice)
    client.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    for most, said in ((1, "Confirmation email sent to"), (0, "No new confirmation email for")):
        monkeypatch.setattr(account_mails, "TO_A_MAILBOX_AN_HOUR", most)
        cache.clear()  # one form every two seconds
        form = {"action_add": "", "email": f"new{most}@example.com"}
        page = client.post("/accounts/email/", form, follow=True).text
        assert f"{said} new{most}@example.com" in page
        assert sent_to(f"new{most}@example.com") == most
    form = {"email": "n@example.com", "password1": "an unrelated set of words"}
    page = Client().post("/accounts/signup/", form, follow=True).text
    assert "Confirmation email sent to n@example.com." in page
    assert sent_to("n@example.com") == 0


def test_what_tells_of_a_change_is_sent_however_often(db) -> None:
    assert all(account_mails.may_send("account/email/login_changed", "a@x.io") for _ in range(99))


def test_each_kind_of_mail_is_one_or_the_other():
    ours = (settings.BASE_DIR / "templates/account/email").glob("*_message.txt")
    kinds = {path.name.removesuffix("_message.txt") for path in ours}
    assert kinds - account_mails.ANYONE_CAN_REQUEST == ABOUT_A_CHANGE
