"""Secrets at rest: sealed for one place, opened by every configured key."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import AuditEntry, OrganizationSecret
from accounts.secrets import vault
from accounts.secrets.vault import clear_secret, reveal_secret, seal, store_secret, unseal
from voicex.errors import SecretUnreadable

TOKEN = OrganizationSecret.Name.TWILIO_AUTH_TOKEN
OLD, NEW = "old-key-" + "o" * 40, "new-key-" + "n" * 40


def test_what_was_sealed_opens_in_its_context():
    assert unseal(seal("s\u00e9cret", context="org:1:x"), context="org:1:x") == "s\u00e9cret"


def test_sealing_twice_gives_two_tokens_and_neither_holds_the_text():
    first, second = seal("secret", context="c"), seal("secret", context="c")
    assert first != second
    assert "secret" not in first


def test_a_token_copied_to_another_place_does_not_open():
    token = seal("secret", context="org:1:token")
    with pytest.raises(SecretUnreadable, match="does not belong to org:2:token"):
        unseal(token, context="org:2:token")


def test_after_rotation_the_first_key_seals_and_the_former_still_opens(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    before = seal("secret", context="c")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    after = seal("secret", context="c")
    assert unseal(before, context="c") == "secret"
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert unseal(after, context="c") == "secret"


def test_without_the_former_key_the_error_names_the_setting(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = seal("secret", context="c")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(SecretUnreadable, match="not in FIELD_ENCRYPTION_KEYS"):
        unseal(token, context="c")


@pytest.mark.parametrize("token", ["", "plain text", "2.abcdef01.AAAA", "1.abcdef01."])
def test_what_is_no_sealed_secret_is_refused_as_such(token):
    with pytest.raises(SecretUnreadable, match="not a sealed secret"):
        unseal(token, context="c")


def test_an_altered_token_does_not_open():
    token = seal("secret", context="c")
    for altered in (token[:-4] + "AAAA", token[:-1], token[:20]):
        with pytest.raises(SecretUnreadable, match="altered"):
            unseal(altered, context="c")


def test_an_organizations_credential_is_stored_replaced_and_cleared(cast):
    assert reveal_secret(cast.acorn, name=TOKEN) == ""
    store_secret(cast.acorn, name=TOKEN, value=" first \n", actor=cast.alice)
    store_secret(cast.acorn, name=TOKEN, value="second", actor=cast.alice)
    assert reveal_secret(cast.acorn, name=TOKEN) == "second"
    assert reveal_secret(cast.birch, name=TOKEN) == ""
    clear_secret(cast.acorn, name=TOKEN, actor=cast.alice)
    clear_secret(cast.acorn, name=TOKEN, actor=cast.alice)
    assert reveal_secret(cast.acorn, name=TOKEN) == ""
    rows = AuditEntry.objects.filter(org=cast.acorn, action__startswith="secret.")
    assert [row.action for row in rows] == ["secret.cleared", "secret.stored", "secret.stored"]
    assert {row.target for row in rows} == {"twilio_auth_token"}


def test_a_credential_moved_to_another_organizations_row_does_not_open(cast):
    store_secret(cast.acorn, name=TOKEN, value="acorn's", actor=None)
    OrganizationSecret.objects.update(org=cast.birch)
    with pytest.raises(SecretUnreadable):
        reveal_secret(cast.birch, name=TOKEN)


def test_an_empty_credential_is_refused(cast):
    with pytest.raises(ValidationError, match="can’t be empty"):
        store_secret(cast.acorn, name=TOKEN, value="  ", actor=None)


def test_google_credentials_must_be_a_json_object(cast):
    name = "google_credentials"
    for bad in ("/path/to/file.json", "[]"):
        with pytest.raises(ValidationError, match="JSON"):
            store_secret(cast.acorn, name=name, value=bad, actor=None)
    good = json.dumps({"type": "service_account"})
    store_secret(cast.acorn, name=name, value=good, actor=None)
    assert reveal_secret(cast.acorn, name=name) == good


def test_an_unknown_name_is_a_programming_error(cast):
    with pytest.raises(ValueError, match="no_such_secret"):
        reveal_secret(cast.acorn, name="no_such_secret")


def test_a_secret_is_checked_before_the_transaction(cast, monkeypatch):
    """A key may take long to check, and all writers to SQLite would wait."""
    depths = []
    checked = vault.clean_secret

    def clean_secret(name, value):
        depths.append(len(connection.savepoint_ids))
        return checked(name, value)

    monkeypatch.setattr(vault, "clean_secret", clean_secret)
    store_secret(cast.acorn, name="openai_api_key", value="sk-1", actor=cast.alice)
    assert depths == [len(connection.savepoint_ids)]
