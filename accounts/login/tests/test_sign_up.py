"""Who may sign up, with which password, and that no one learns which addresses are known."""

from time import thread_time

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.login.passwords import GuessablePasswordValidator
from accounts.members import invitations
from accounts.models import User
from testing.cast import PASSWORD, Cast


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def signs_up(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post("/accounts/signup/", {"email": email, "password1": password} | more)


@pytest.fixture(params=["optional", "mandatory"])
def verification(request, settings) -> str:
    settings.ACCOUNT_EMAIL_VERIFICATION = request.param
    return str(request.param)


def test_a_sign_up_answers_the_same_for_a_known_address(cast: Cast, verification: str) -> None:
    known, new = signs_up(Client(), "alice@example.com"), signs_up(Client(), "n@example.com")
    assert (known.status_code, known.url) == (new.status_code, new.url)
    assert known.content == new.content
    assert [
        len([m for m in mail.outbox if m.to == [who]])
        for who in ("alice@example.com", "n@example.com")
    ] == [1, 1]


def test_it_changes_nothing_of_who_has_that_address(cast: Cast, verification: str) -> None:
    client = Client()
    signs_up(client, "Alice@example.com", "another good sentence")
    cast.alice.refresh_from_db()
    assert cast.alice.check_password(PASSWORD)
    assert "_auth_user_id" not in client.session


def test_it_costs_as_many_hashes(cast: Cast, verification: str, monkeypatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(
        "django.contrib.auth.base_user.make_password", lambda text: hashed.append(text) or "md5$a$b"
    )
    signs_up(Client(), "new@example.com")
    new, hashed[:] = len(hashed), []
    signs_up(Client(), "alice@example.com")
    assert len(hashed) == new


@pytest.mark.parametrize("path", ["login", "password/reset"])
def test_log_in_and_reset_answer_the_same_too(cast: Cast, path: str) -> None:
    answers = []
    for email in ("alice@example.com", "unknown@example.com"):
        form = {"login": email, "password": "wrong"} if path == "login" else {"email": email}
        answer = Client().post(f"/accounts/{path}/", form)
        token = answer.context["csrf_token"] if answer.context else ""
        text = answer.text.replace(email, "").replace(str(token), "")
        answers.append((answer.status_code, answer.get("Location"), len(text)))
    assert answers[0] == answers[1]


def test_a_mail_server_that_is_away_does_not_tell_either(cast: Cast, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for email in ("alice@example.com", "unknown@example.com"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        assert (answer.status_code, answer.url) == (302, "/accounts/password/reset/done/")


def test_closed_means_nobody(db, settings) -> None:
    settings.SIGNUP = "closed"
    assert "Sign-up is closed" in Client().get("/accounts/signup/").text
    signs_up(Client(), "new@example.com")
    assert not User.objects.exists()
    assert "/accounts/signup/" not in Client().get("/accounts/login/").text


def invited(cast: Cast) -> str:
    sent = invitations.invite(
        cast.acorn, email="nina@example.com", role="member", actor=cast.adam, now=timezone.now()
    )
    return f"/join/{invitations.mailed_token(sent)}/"


def test_invited_means_who_comes_by_the_link_with_the_invited_address(cast: Cast, settings) -> None:
    settings.SIGNUP = "invited"
    link = invited(cast)
    signs_up(Client(), "nina@example.com")
    nina = Client()
    assert "Sign up" in nina.get(link).text
    assert signs_up(nina, "other@example.com").status_code == 200
    assert not User.objects.filter(email__in=("nina@example.com", "other@example.com")).exists()
    signs_up(nina, "nina@example.com", next=link)
    nina.post(link)
    assert nina.get(f"/o/{cast.acorn.public_id}/").status_code == 200


def test_who_came_by_the_mailed_link_confirms_the_address_no_second_time(
    cast: Cast, settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    link = invited(cast)
    nina = Client()
    nina.get(link)
    signs_up(nina, "nina@example.com", next=link)
    assert "<button>Join</button>" in nina.get(link).text


GUESSED = [
    "8675309867",
    "+1 (415) 555-0132",
    "P@ssw0rd2026!",
    "password123456",
    "!!Iloveyou!!99",
    "aaaaaaaaaaaaaaa",
    "abababababab",
    "abcdefghijkl",
    "qwertyuiop12",
    "1qaz2wsx3edc",
    "Voicex2026!!",
]


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_guessed_first_is_no_password(db, password: str) -> None:
    with pytest.raises(ValidationError):
        GuessablePasswordValidator().validate(password)
    assert signs_up(Client(), "new@example.com", password).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "a long enough sentence",
        "tr0ub4dor&3-x",
        "Blaue Tulpen 44 im Schnee",
        "k7#Vq!m2Zp",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    GuessablePasswordValidator().validate(password)


def test_a_long_password_is_judged_at_once() -> None:
    began = thread_time()
    GuessablePasswordValidator().validate("correct horse " * 170_000)  # as much as a form holds
    assert thread_time() - began < 0.15


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("locmem", "Confirmation email sent to n@example.com."),
        ("console", "was printed in the server’s terminal. This server sends no email."),
        ("dummy", ""),
    ],
)
def test_a_mail_is_said_to_be_sent_only_where_it_is(db, settings, backend, said):
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    client = Client()
    signs_up(client, "n@example.com")
    page = client.get("/organizations/new/").text
    assert said in page
    assert backend == "locmem" or "email sent to" not in page
