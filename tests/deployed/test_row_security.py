"""The second wall: the database shows an organization's code no other organization's rows."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from accounts.models import Membership, Organization
from accounts.row_owners import OrganizationOf, owned_tables
from agents.models import AgentVersion
from testing.office import Office, browser_of
from usage.billing.settlement import finalize
from usage.models import Call, Outbox, Recording, Turn, UsageFact
from usage.reads import calls
from voicex.database.row_scope import platform_wide, scoped_to

pytestmark = pytest.mark.django_db

# Rows of the platform itself, or of people.
NOT_OF_AN_ORGANIZATION = {"User", "EmailAddress", "EmailConfirmation", "Authenticator"}


@pytest.fixture
def offices(cast) -> tuple[Office, Office]:
    """Two organizations, each with a call of which something is kept in every table."""
    acorn, birch = Office(cast.acorn), Office(cast.birch)
    for number, office in enumerate((acorn, birch)):
        call = office.rings(f"CA{number}")
        office.says(call, 1, f"A secret of {office.org}.")
        Recording.objects.create(call=call, consent="announced", state="stored")
    return acorn, birch


def test_every_table_that_belongs_to_an_organization_names_it():
    """A new model with a way to an organization is in this test automatically."""
    owned = {table for table, _ in owned_tables()}
    for model in apps.get_models():
        parents = {
            field.related_model
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
        }
        leads_to_one = any(parent._meta.db_table in owned for parent in parents)
        if leads_to_one and model.__name__ not in NOT_OF_AN_ORGANIZATION:
            assert model._meta.db_table in owned, f"{model.__name__} has no field org"


@pytest.mark.usefixtures("offices")
def test_a_row_gets_its_organization_from_what_it_belongs_to():
    for call in Call.objects.all():
        Outbox.objects.create(call=call, kind="settle_call", due_at=call.opened_at)
    for model in (Turn, Recording, Outbox, UsageFact):
        for row in model.objects.select_related("call"):
            assert row.org_id == row.call.org_id
    for version in AgentVersion.objects.select_related("agent"):
        assert version.org_id == version.agent.org_id


def test_no_code_can_write_another_organization_into_such_a_row(offices):
    acorn, birch = offices
    call = Call.objects.get(org=acorn.org)
    turn = Turn.objects.create(
        call=call, org=birch.org, number=9, role="caller", text="x", started_ms=0, ended_ms=1
    )
    turn.refresh_from_db()
    assert turn.org_id == acorn.org.pk


def test_every_such_field_has_its_trigger_after_a_migration():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        installed = {name for (name,) in cursor.fetchall()}
    for model in apps.get_models():
        if any(isinstance(field, OrganizationOf) for field in model._meta.concrete_fields):
            assert f"org_of_{model._meta.db_table}" in installed


needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL has row-level security"
)


@needs_postgresql
def test_a_scope_shows_one_organizations_rows_of_every_table(offices):
    for office in offices:
        with scoped_to(office.org.pk):
            for model in apps.get_models():
                if any(field.name == "org" for field in model._meta.concrete_fields):
                    found = set(model.objects.order_by().values_list("org_id", flat=True))
                    assert found <= {office.org.pk}, model.__name__
            assert list(Organization.objects.all()) == [office.org]
            assert Call.objects.count() == Turn.objects.count() == 1


@needs_postgresql
def test_a_scope_changes_and_deletes_nothing_of_another_organization(offices):
    acorn, birch = offices
    with scoped_to(acorn.org.pk):
        assert Call.objects.filter(org=birch.org).update(end_reason="stolen") == 0
        assert Turn.objects.filter(call__org=birch.org).delete()[0] == 0
        assert not Organization.objects.filter(pk=birch.org.pk).exists()
    assert not Call.objects.filter(end_reason="stolen").exists()


@needs_postgresql
def test_a_scope_writes_nothing_into_another_organization(offices, cast):
    acorn, birch = offices
    refused = pytest.raises((DatabaseError, IntegrityError))
    with scoped_to(acorn.org.pk), refused, transaction.atomic():
        Membership.objects.create(org=birch.org, user=cast.alice, role="owner")
    assert not Membership.objects.filter(org=birch.org, user=cast.alice).exists()


@needs_postgresql
def test_with_the_first_wall_removed_a_page_shows_no_other_organizations_calls(
    offices, cast, monkeypatch
):
    """The query of the page forgets its organization: what a slip of the pen would do."""
    acorn, _ = offices
    everything = Call.objects.select_related("agent").order_by("-pk")
    monkeypatch.setattr(calls, "calls_of", lambda org, **_: everything)
    page = browser_of(cast.alice).get(acorn.url())
    assert page.status_code == 200
    assert {call.org_id for call in page.context["calls"]} == {acorn.org.pk}
    assert everything.all().count() == 2  # the platform's own code sees both


@needs_postgresql
def test_the_scope_holds_again_after_a_rollback(offices):
    acorn, _ = offices
    with scoped_to(acorn.org.pk):
        with transaction.atomic():
            Call.objects.count()
            transaction.set_rollback(True)
        assert Call.objects.count() == 1
    assert Call.objects.count() == 2


@needs_postgresql
def test_a_failed_statement_in_a_scope_can_be_rolled_back(offices):
    acorn, _ = offices
    refused = pytest.raises(DatabaseError)
    with refused, transaction.atomic(), scoped_to(acorn.org.pk), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert Call.objects.count() == 2


@needs_postgresql
def test_scopes_nest(offices):
    acorn, birch = offices
    with scoped_to(acorn.org.pk):
        with platform_wide():
            assert Call.objects.count() == 2
        with scoped_to(birch.org.pk):
            assert Call.objects.get().org_id == birch.org.pk
        assert Call.objects.get().org_id == acorn.org.pk


@needs_postgresql
def test_the_tests_role_is_held_to_the_policies():
    """Else every test above would pass on policies that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
    call_command("check", "--database", "default", "--fail-level", "WARNING", verbosity=0)


@needs_postgresql
@pytest.mark.usefixtures("offices")
def test_accounting_sees_every_organization():
    for call in Call.objects.all():
        finalize(call.pk, reason="stop", now=call.opened_at)
    assert Call.objects.exclude(ended_at=None).count() == Outbox.objects.count() == 2
