"""Secrets for hosts: sealed with the host, opened for it alone, never shown."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, HostSecret
from accounts.secrets import host_secrets
from accounts.secrets.reencryption import reencrypt

pytestmark = pytest.mark.django_db

HOST, VALUE = "api.example.com", "sk-0123456789"


@pytest.fixture
def secret(cast):
    store(cast)
    return HostSecret.objects.get()


def store(cast, *, name="shop_key", host=HOST, value=VALUE):
    host_secrets.store(cast.acorn, name=name, host=host, value=value, actor=cast.alice)


def opened(org, *, host=HOST):
    return host_secrets.opened(org.public_id, ["shop_key"], host=host)


def test_it_opens_for_its_organization_and_its_host_alone(cast, secret):
    assert VALUE not in secret.ciphertext
    assert opened(cast.acorn) == {"shop_key": VALUE}
    assert opened(cast.acorn, host="evil.example") == {}
    assert opened(cast.birch) == {}
    HostSecret.objects.update(host="evil.example")
    assert opened(cast.acorn, host="evil.example") == {}
    HostSecret.objects.update(host=HOST, org=cast.birch)
    assert opened(cast.birch) == {}


def test_a_new_value_takes_the_place_of_the_former(cast, secret):
    store(cast, host="https://API.example.com:443/v1", value="Bearer two words")
    assert opened(cast.acorn) == {"shop_key": "Bearer two words"}
    assert host_secrets.names_of(cast.acorn) == {"shop_key": HOST}


def test_one_that_is_cleared_is_gone(cast, secret):
    host_secrets.clear(cast.acorn, name="shop_key", actor=cast.alice)
    assert opened(cast.acorn) == {}
    host_secrets.clear(cast.acorn, name="shop_key", actor=cast.alice)
    actions = AuditEntry.objects.filter(action__startswith="host_secret.").order_by("pk")
    assert [each.action for each in actions] == ["host_secret.stored", "host_secret.cleared"]
    assert VALUE not in "".join(each.target for each in actions)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "Shop Key"}),
        ("name", {"name": ""}),
        ("host", {"host": ""}),
        ("host", {"host": "api example"}),
        ("host", {"host": "a@b.example"}),
        ("host", {"host": "x" * 300}),
        ("value", {"value": ""}),
        ("value", {"value": "a\nb"}),
        ("value", {"value": "schlüssel"}),
        ("value", {"value": "x" * (host_secrets.LONGEST + 1)}),
    ],
)
def test_what_cannot_work_is_refused(cast, field, given):
    with pytest.raises(ValidationError) as refused:
        store(cast, **given)
    assert set(refused.value.message_dict) == {field}


def test_a_key_in_json_may_have_lines(cast):
    store(cast, value='{\n  "type": "service_account",\n  "key": "a"\n}\n')
    assert opened(cast.acorn) == {"shop_key": '{ "type": "service_account", "key": "a" }'}


def test_an_organization_has_a_bounded_number(cast, secret, monkeypatch):
    monkeypatch.setattr(host_secrets, "MOST", 1)
    with pytest.raises(ValidationError):
        store(cast, name="another")
    store(cast, value="changed-all-the-same")


def test_it_is_sealed_anew_with_a_new_key(cast, secret, settings):
    former = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = ["new-key-" + "n" * 40, *former]
    assert reencrypt().moved["host_secrets"] == 1
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert opened(cast.acorn) == {"shop_key": VALUE}


def test_one_that_cannot_be_opened_is_missing(cast, secret, settings, logged):
    settings.FIELD_ENCRYPTION_KEYS = ["other-key-" + "n" * 40]
    assert opened(cast.acorn) == {}
    assert "host_secret_unreadable" in [line["event"] for line in logged]
