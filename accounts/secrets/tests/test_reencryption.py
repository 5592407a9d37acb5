"""A new key and a new pepper reach everything that is stored, while calls come in."""

import json
import re
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command

from accounts.keys.api_keys import find_key, issue_key, reveal_key
from accounts.models import ApiKey, OrganizationSecret
from accounts.secrets import reencryption
from accounts.secrets.vault import is_sealed_now, reveal_secret, seal, store_secret
from testing.phone_number import PhoneNumber, line_of
from voicex.errors import KeyRefused

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = "old-key-" + "o" * 40, "new-key-" + "n" * 40
TOKEN, OPENAI = OrganizationSecret.Name.TWILIO_AUTH_TOKEN, "openai_api_key"


@pytest.fixture
def line(cast, settings) -> PhoneNumber:
    """A number whose organization stores one secret of each kind, sealed with the old key."""
    settings.FIELD_ENCRYPTION_KEYS, settings.API_KEY_PEPPERS = [OLD], [OLD]
    line = line_of(cast.acorn)
    store_secret(cast.acorn, name=TOKEN, value="a-token-of-twilio", actor=None)
    store_secret(
        cast.acorn,
        name=OPENAI,
        value="a-key-for-a-server",
        actor=None,
        endpoint="https://models.example.com/v1",
    )
    TOTP.activate(cast.alice, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(cast.alice)
    return line


def run(command: str, *arguments: str) -> dict[str, dict[str, int]]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_after_it_everything_opens_without_the_former_key(line, cast, settings):
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert run("reencrypt") == {
        "moved": {"credentials": 2, "api_keys": 1, "second_factors": 2},
        "remaining": {},
        "unreadable": {},
    }
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert reveal_secret(cast.acorn, name=TOKEN) == "a-token-of-twilio"
    assert reveal_secret(cast.acorn, name=OPENAI) == "a-key-for-a-server"
    assert reveal_key(cast.acorn, key=ApiKey.objects.get(), actor=None) == line.key_text
    assert Authenticator.objects.get(type="totp").wrap().validate_code("000000") is False
    again = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert again == codes
    assert run("reencrypt")["moved"] == {}


def test_it_continues_where_it_was_stopped(line, settings, monkeypatch):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    left = [3]

    def stops(plain: str, *, context: str) -> str:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return seal(plain, context=context)

    with monkeypatch.context() as patched:
        patched.setattr(reencryption, "seal", stops)
        with pytest.raises(KeyboardInterrupt):
            run("reencrypt")
    assert run("reencrypt")["moved"] == {"api_keys": 1, "second_factors": 2}


def test_calls_and_changes_that_come_during_it_lose_nothing(line, cast, settings, monkeypatch):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    answers: list[int] = []
    tokens = ["a-token-of-twilio"]

    def between(plain: str, *, context: str) -> str:
        sealed = seal(plain, context=context)
        if TOKEN in context:
            tokens.append("a-newer-token")
            store_secret(cast.acorn, name=TOKEN, value=tokens[-1], actor=None)
        answer = line.rings(token=tokens[-1], CallSid=f"CA{len(answers):032d}")
        answers.append(answer.status_code)
        return sealed

    monkeypatch.setattr(reencryption, "seal", between)
    progress = run("reencrypt")
    assert progress["moved"]["credentials"] == 1
    assert progress["remaining"] == {}
    assert len(answers) == 5
    assert set(answers) == {200}
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert reveal_secret(cast.acorn, name=TOKEN) == "a-newer-token"


def test_a_new_pepper_refuses_no_call_at_any_moment(cast, settings, monkeypatch):
    settings.API_KEY_PEPPERS = [OLD]
    line = line_of(cast.acorn)
    for number in range(3):
        issue_key(cast.acorn, label=f"{number}")
    settings.API_KEY_PEPPERS = [NEW, OLD]
    answers: list[int] = []
    digest = reencryption.key_text.digest

    def between(text: str, *, pepper: str) -> str:
        answers.append(line.rings(CallSid=f"CA{len(answers):032d}").status_code)
        return digest(text, pepper=pepper)

    with monkeypatch.context() as patched:
        patched.setattr(reencryption, "key_text", SimpleNamespace(digest=between))
        assert run("rotate_pepper")["moved"] == {"api_keys": 4}
    assert answers == [200] * 4
    settings.API_KEY_PEPPERS = [NEW]
    assert line.rings(CallSid="CA" + "9" * 32).status_code == 200
    assert run("rotate_pepper")["moved"] == {}


def test_a_key_that_was_digested_with_an_unlisted_pepper_is_refused_until_then(cast, settings):
    settings.API_KEY_PEPPERS = [OLD]
    _key, text = issue_key(cast.acorn, label="")
    settings.API_KEY_PEPPERS = [NEW]
    with pytest.raises(KeyRefused):
        find_key(text, now=_key.created_at)
    run("rotate_pepper")
    assert find_key(text, now=_key.created_at) == _key


def test_what_no_key_opens_is_counted_and_left_as_it_is(line, settings, tmp_path):
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    before = list(OrganizationSecret.objects.values_list("ciphertext", flat=True))
    for command in ("reencrypt", "rotate_pepper"):
        with pytest.raises(CommandError, match="--former-key-file"):
            run(command)
    assert list(OrganizationSecret.objects.values_list("ciphertext", flat=True)) == before
    file = tmp_path / "former"
    file.write_text(f"{OLD}\n")
    assert run("reencrypt", "--former-key-file", str(file))["moved"]["credentials"] == 2
    assert all(is_sealed_now(row.ciphertext) for row in OrganizationSecret.objects.all())


def test_a_former_key_that_cannot_be_read_is_reported(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run("reencrypt", "--former-key-file", str(tmp_path / "nothing"))


def test_each_caller_of_seal_is_reencrypted():
    """Each caller of `seal` is moved: a column in `reencryption`, or a second factor."""
    callers = {
        path.relative_to(ROOT).as_posix()
        for room in ("accounts", "agents", "telephony", "usage", "voicex", "dashboard")
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts and re.search(r"(?<!un)(?<!\w)seal\(", path.read_text())
    }
    assert callers == {
        "accounts/secrets/host_secrets.py",
        "accounts/secrets/vault.py",
        "accounts/keys/api_keys.py",
        "accounts/login/adapters.py",
        "accounts/secrets/reencryption.py",
        "usage/hooks/sealed.py",
    }
