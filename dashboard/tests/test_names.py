"""Names are one line that no mail program makes a link of, on whatever way they come in."""

import importlib
import unicodedata

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.keys.api_keys import issue_key
from accounts.members.organizations import create_organization
from accounts.models import ApiKey, Organization, User
from accounts.names import LONGEST, made_of, quoted, validate_mail_address, validate_name
from testing.office import browser_of
from usage.models import SavedView

GOOD = [
    "Acorn & Sons",
    "M\u00fcller, Meier & S\u00f6hne GmbH",
    "St. Mary's (Harbour)",
    "U.S. Dental No. 4.2",
    "\u682a\u5f0f\u4f1a\u793e \u6771\u4eac",
    "Caf\u00e9 24/7 - open!",
    "Open soon\u2026 \U0001f4b0. Or now\u2026",
    # Joiners that their writing needs: in an emoji, in Persian, in Hindi.
    "Vet \U0001f469\u200d\u2695\ufe0f",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u0915\u094d\u200d\u0937",
    "x" * LONGEST,
]
BAD = [
    "your bank\r\n\r\nYour account was locked",
    "two\nlines",
    "a\u2028b",
    "a\u202egnp.exe",
    "zero\u200bwidth",
    "pay\u200dpal",
    "\U0001f469\u200d",
    "nul\x00",
    "see https://evil.test/login",
    "see www.evil",
    "unlock at evil.test",
    "unlock at evil.test/login",
    "evil\uff0etest",
    "evil\u3002test",
    "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
    # Names of hosts may be of emoji.
    "free at \U0001f4b0.ws",
    "free at \u2764\ufe0f.ws",
    "free at 1\ufe0f\u20e3.ws",
    "go to 192.0.2.1",
    "\uff57\uff57\uff57.evil",
    "mailto:x",
    "write to a@b",
    "x" * (LONGEST + 1),
]


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_name_is_taken(name):
    validate_name(name)
    assert made_of(name) == name


@pytest.mark.parametrize("name", BAD)
def test_what_could_be_more_than_a_name_is_refused(name):
    with pytest.raises(ValidationError):
        validate_name(name)


@pytest.mark.parametrize("name", BAD)
def test_no_way_of_writing_stores_it(cast, name):
    for write in (
        lambda: create_organization(name=name, owner=cast.bob),
        lambda: Organization.objects.bulk_create([Organization(name=name)]),
        lambda: Organization.objects.update(name=name),
        lambda: issue_key(cast.acorn, label=name),
        lambda: SavedView.objects.create(org=cast.acorn, user=cast.bob, name=name, query=""),
        lambda: User.objects.filter(pk=cast.bob.pk).update(first_name=name),
    ):
        with pytest.raises(ValidationError), transaction.atomic():
            write()
    with pytest.raises(CommandError):
        call_command("bootstrap", org=name)
    assert not Organization.objects.exclude(name__in=("Acorn", "Birch")).exists()


@pytest.mark.parametrize("name", ["unlock at evil.test", "a\u202eb", "x" * 61])
def test_every_form_refuses_it_beside_the_field_and_keeps_what_was_typed(cast, name):
    alice = browser_of(cast.alice)
    home = f"/o/{cast.acorn.public_id}"
    assert alice.post("/organizations/new/", {"name": name}).status_code == 422
    settings = alice.post(f"{home}/settings/", {"name": name, "recording_days": "30"})
    assert settings.status_code == 422
    assert alice.post(f"{home}/keys/issue/", {"label": name}).status_code == 422
    view = alice.post(f"{home}/calls/views/", {"name": name, "query": ""}, follow=True)
    assert "name" in view.text.lower()
    assert not SavedView.objects.exists()
    assert not ApiKey.objects.exists()


def test_blanks_around_a_name_are_no_part_of_it(cast):
    browser_of(cast.alice).post(
        f"/o/{cast.acorn.public_id}/settings/", {"name": "  Acorn  ", "recording_days": "30"}
    )
    cast.acorn.refresh_from_db()
    assert cast.acorn.name == "Acorn"


@pytest.mark.parametrize(
    "address",
    [
        '"your\\ account\\ is\\ locked"@evil.example',
        '"a"@b.example',
        "a@b@c.example",
        "a b@c.example",
    ],
)
def test_a_mail_address_holds_no_sentence(db, address):
    with pytest.raises(ValidationError):
        validate_mail_address(address)
    Client().post(
        "/accounts/signup/", {"email": address, "password1": "correct horse battery staple"}
    )
    assert not User.objects.exists()


def test_an_ordinary_address_is_taken():
    validate_mail_address("first.last+tag@mail.example.com")


@given(st.text(max_size=200))
def test_a_name_of_before_becomes_a_name_and_a_name_stays(text):
    name = made_of(text)
    if name:
        validate_name(name)
    assert made_of(name) == name


@given(st.text(max_size=200))
def test_a_mail_shows_any_name_on_one_line(text):
    line = quoted(text)
    assert len(line.splitlines()) == 1
    assert len(line) <= LONGEST + 2


def test_the_migration_tidies_names_of_before(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_organization SET name = %s WHERE id = %s",
            ["your bank\r\n\r\nUnlock it at https://evil.test/login", cast.acorn.pk],
        )
    migration = importlib.import_module("accounts.migrations.0007_names_are_one_line")
    migration.tidy_names(apps, None)
    cast.acorn.refresh_from_db()
    assert cast.acorn.name == "your bank Unlock it at https evil test login"
    assert unicodedata.is_normalized("NFC", cast.acorn.name)
