"""What `make run` prints and where first passwords lie."""

import stat
from pathlib import Path

import pytest

from accounts.models import User
from telephony.first_login import FILE, OPERATOR
from telephony.management.commands.run import Command


@pytest.fixture(autouse=True)
def _place(db, cheap_passwords, settings, tmp_path: Path):
    settings.VAR_DIR = tmp_path / "var"
    settings.HOST = "127.0.0.1"


def printed() -> str:
    return "\n".join(Command()._access())


def written(settings) -> str:
    return (settings.VAR_DIR / FILE).read_text()


def password_of(login: str, text: str) -> str:
    return text.partition(login)[2].partition("password")[2].split()[0]


def test_first_passwords_are_in_a_file_for_its_owner_alone_and_not_on_the_terminal(settings):
    terminal = printed()
    file = settings.VAR_DIR / FILE
    assert str(file) in terminal
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for user in User.objects.all():
        password = password_of(user.email, written(settings))
        assert user.check_password(password)
        assert user.email in terminal
        assert password not in terminal
    assert User.objects.get(email=OPERATOR).is_superuser


def test_later_starts_change_and_write_nothing(settings):
    printed()
    first, hashes = written(settings), set(User.objects.values_list("password", flat=True))
    assert str(settings.VAR_DIR / FILE) in printed()
    (settings.VAR_DIR / FILE).unlink()
    assert FILE not in printed()
    assert not (settings.VAR_DIR / FILE).exists()
    assert set(User.objects.values_list("password", flat=True)) == hashes
    assert first


def test_an_operator_who_exists_is_the_only_one(settings):
    User.objects.create_superuser("olga@example.com", "her own password")
    assert "olga@example.com" in printed()
    assert "olga" not in written(settings)
    assert User.objects.get(is_superuser=True).check_password("her own password")


def test_an_operator_who_was_put_out_of_service_stays_so(settings):
    User.objects.create_user(OPERATOR, "a former password", is_active=False)
    assert "createsuperuser" in printed()
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_loose_file_from_before_is_tightened_and_kept(settings):
    settings.VAR_DIR.mkdir()
    file = settings.VAR_DIR / FILE
    file.write_text("mine\n")
    file.chmod(0o644)
    printed()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert written(settings).startswith("mine\n")


@pytest.mark.parametrize(
    ("host", "origin", "is_whole"),
    [
        ("127.0.0.1", "http://localhost:8000", True),
        ("0.0.0.0", "http://localhost:8000", False),
        ("127.0.0.1", "https://voicex.example", False),
    ],
)
def test_the_key_is_whole_on_the_terminal_only_of_a_private_machine(
    settings, host, origin, is_whole
):
    settings.HOST, settings.TWILIO_APP_URL = host, origin
    terminal = printed()
    key = written(settings).partition("api_key=")[2].split()[0]
    assert (key in terminal) == is_whole
    assert f"{origin}/api/twilio/voice?api_key={key[:11]}" in terminal
    assert ("the full URL" in terminal) != is_whole
