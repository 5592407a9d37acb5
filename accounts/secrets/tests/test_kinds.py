"""Kinds of secrets: the carrier's, and those that applications above make known."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import OrganizationSecret
from accounts.secrets import kinds
from accounts.secrets.kinds import SecretKind
from accounts.secrets.vault import clean_endpoint, reveal_secret, store_secret


@pytest.fixture
def sirius(monkeypatch):
    """A kind that an application above adds."""
    monkeypatch.setattr(kinds, "_sources", list(kinds._sources))
    kind = SecretKind("sirius_key", "Sirius key", may_name_server=True)
    kinds.add_source(lambda: [kind])
    return kind


def test_the_carriers_come_first_and_then_the_providers():
    names = list(kinds.all_kinds())
    assert names[:2] == ["twilio_auth_token", "twilio_auth_token_next"]
    assert {"openai_api_key", "google_credentials"} <= set(names[2:])


def test_a_kind_that_was_added_is_stored_and_shown_by_its_label(cast, sirius):
    store_secret(
        cast.acorn, name="sirius_key", value="s-1", endpoint="https://s.example", actor=None
    )
    assert reveal_secret(cast.acorn, name="sirius_key") == "s-1"
    stored = OrganizationSecret.objects.get()
    assert (stored.get_name_display(), stored.endpoint) == ("Sirius key", "https://s.example")
    stored.full_clean()


def test_a_source_that_is_added_twice_counts_once(sirius):
    source = kinds._sources[-1]
    kinds.add_source(source)
    assert kinds._sources.count(source) == 1


def test_only_kinds_that_may_name_a_server_have_one():
    with pytest.raises(ValidationError, match="can’t be used with another server address"):
        clean_endpoint("google_credentials", "https://evil.example")
