"""The operator at work on people, members and credentials."""

import time

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import AuditEntry, Membership, OrganizationSecret, User
from accounts.secrets.vault import Credential, SealedSecrets, reveal_secret, store_secret
from testing.cast import PASSWORD

TOKEN = OrganizationSecret.Name.TWILIO_AUTH_TOKEN


@pytest.fixture
def operator(client, cast):
    cache.clear()
    client.force_login(cast.olga)
    log_in_again(client, cast.olga)
    return client


def log_in_again(client, person):
    """A fresh log-in, as a page for people asks for it."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def last_action(org):
    return AuditEntry.objects.filter(org=org).first().action


def test_a_credential_is_set_replaced_and_deleted_but_never_shown(operator, cast):
    add = reverse("admin:accounts_organizationsecret_add")
    first = "first-canary-token"
    operator.post(add, {"org": cast.acorn.pk, "name": TOKEN, "value": first})
    assert reveal_secret(cast.acorn, name=TOKEN) == first
    stored = OrganizationSecret.objects.get()
    change = reverse("admin:accounts_organizationsecret_change", args=[stored.pk])
    page = operator.get(change).content.decode()
    assert first not in page
    assert stored.ciphertext not in page
    assert operator.post(change, {"value": "second"}).status_code == 302
    assert reveal_secret(cast.acorn, name=TOKEN) == "second"
    operator.post(
        reverse("admin:accounts_organizationsecret_delete", args=[stored.pk]), {"post": "yes"}
    )
    assert reveal_secret(cast.acorn, name=TOKEN) == ""
    assert last_action(cast.acorn) == "secret.cleared"


def test_a_credential_that_cannot_work_is_refused_without_repeating_it(operator, cast):
    page = operator.post(
        reverse("admin:accounts_organizationsecret_add"),
        {"org": cast.acorn.pk, "name": "google_credentials", "value": "canary-not-json"},
    )
    assert page.status_code == 200
    assert "must be the JSON of a service account" in page.content.decode()
    assert "canary-not-json" not in page.content.decode()


def test_a_key_is_stored_with_its_server_and_the_form_keeps_it(operator, cast):
    add = reverse("admin:accounts_organizationsecret_add")
    given = {"org": cast.acorn.pk, "name": "openai_api_key", "value": "first-canary"}
    server = "https://models.example/v1"
    assert operator.post(add, given | {"endpoint": f"{server}/"}).status_code == 302
    stored = OrganizationSecret.objects.get()
    assert SealedSecrets(cast.acorn).credential(stored.name) == Credential("first-canary", server)
    change = reverse("admin:accounts_organizationsecret_change", args=[stored.pk])
    assert f'value="{server}"' in operator.get(change).text
    # A new server needs the key again.
    assert operator.post(change, {"endpoint": "https://evil.example/v1"}).status_code == 200
    assert SealedSecrets(cast.acorn).credential(stored.name) == Credential("first-canary", server)


@pytest.mark.parametrize(
    ("name", "endpoint", "words"),
    [
        ("openai_api_key", "http://models.example/v1", "must begin with https://"),
        (TOKEN, "https://models.example/v1", "This credential can’t be used with another"),
    ],
)
def test_a_server_that_cannot_be_is_refused(operator, cast, name, endpoint, words):
    given = {"org": cast.acorn.pk, "name": name, "value": "canary-0123", "endpoint": endpoint}
    page = operator.post(reverse("admin:accounts_organizationsecret_add"), given)
    assert page.status_code == 200
    assert words in page.text
    assert not OrganizationSecret.objects.exists()


def test_a_credential_cannot_be_moved_to_another_organization(operator, cast):
    store_secret(cast.acorn, name=TOKEN, value="acorn's", actor=None)
    stored = OrganizationSecret.objects.get()
    operator.post(
        reverse("admin:accounts_organizationsecret_change", args=[stored.pk]),
        {"org": cast.birch.pk, "value": "new"},
    )
    assert reveal_secret(cast.acorn, name=TOKEN) == "new"
    assert reveal_secret(cast.birch, name=TOKEN) == ""


def test_a_member_joins_changes_role_and_leaves_with_a_trace(operator, cast):
    operator.post(
        reverse("admin:accounts_membership_add"),
        {"org": cast.acorn.pk, "user": cast.charlie.pk, "role": "viewer"},
    )
    member = Membership.objects.get(org=cast.acorn, user=cast.charlie)
    assert last_action(cast.acorn) == "member.added"
    operator.post(reverse("admin:accounts_membership_change", args=[member.pk]), {"role": "member"})
    member.refresh_from_db()
    assert member.role == "member"
    assert last_action(cast.acorn) == "member.role_changed"
    operator.post(reverse("admin:accounts_membership_delete", args=[member.pk]), {"post": "yes"})
    assert not Membership.objects.filter(pk=member.pk).exists()
    assert last_action(cast.acorn) == "member.removed"


def test_the_last_owner_stays(operator, cast):
    owner = Membership.objects.get(org=cast.acorn, user=cast.alice)
    page = operator.post(
        reverse("admin:accounts_membership_change", args=[owner.pk]), {"role": "viewer"}
    )
    assert "at least one owner" in page.content.decode()
    delete = reverse("admin:accounts_membership_delete", args=[owner.pk])
    assert operator.post(delete, {"post": "yes"}).status_code == 403
    person = reverse("admin:accounts_user_delete", args=[cast.alice.pk])
    assert operator.post(person, {"post": "yes"}).status_code == 403
    assert Membership.objects.get(pk=owner.pk).role == "owner"


def test_a_user_is_created_with_an_address_in_lower_case_and_gets_a_new_password(operator, cast):
    response = operator.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Dora@Example.com",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert response.status_code == 302
    dora = User.objects.get(email="dora@example.com")
    assert dora.check_password(PASSWORD)
    page = reverse("admin:auth_user_password_change", args=[dora.pk])
    assert operator.get(page).status_code == 200
    new = "another good password"
    operator.post(page, {"usable_password": "true", "password1": new, "password2": new})
    dora.refresh_from_db()
    assert dora.check_password(new)


def test_the_audit_trail_cannot_be_altered(operator, cast):
    entry = AuditEntry.objects.first()
    assert operator.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    for page in ("change", "delete"):
        url = reverse(f"admin:accounts_auditentry_{page}", args=[entry.pk])
        assert operator.post(url, {"post": "yes", "action": "x"}).status_code == 403
