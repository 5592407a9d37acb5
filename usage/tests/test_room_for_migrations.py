"""The triggers that name an organization make room for migrations, and come back after them."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration
from django.db.models.signals import post_migrate, pre_migrate
from django.db.utils import OperationalError

from usage.models import Call

pytestmark = pytest.mark.django_db(transaction=True)
ONLY_SQLITE = "PostgreSQL changes tables in place"


def triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def sent(signal: object) -> None:
    """The signal that `migrate` sends, with something to do."""
    plan = [(Migration("0001_any", "any"), False)]
    for config in apps.get_app_configs():
        signal.send(
            config, app_config=config, using="default", plan=plan, verbosity=0, apps=apps,
            interactive=False,
        )  # fmt: skip


def makes_the_table_of_calls_anew() -> None:
    field = Call._meta.get_field("end_reason")
    wider = models.CharField(max_length=field.max_length + 1)
    wider.set_attributes_from_name("end_reason")
    wider.model = Call
    with connection.schema_editor() as editor:
        editor.alter_field(Call, field, wider)
        editor.alter_field(Call, wider, field)


def test_a_table_that_triggers_ask_can_be_changed_by_a_migration():
    if connection.vendor != "sqlite":
        pytest.skip(ONLY_SQLITE)
    before = triggers()
    sent(pre_migrate)
    gone = before - triggers()
    assert "org_of_usage_turn" in gone
    assert any(name.startswith("words_of_usage_turn") for name in gone)
    makes_the_table_of_calls_anew()
    sent(post_migrate)
    assert triggers() == before


def test_without_that_it_cannot():
    if connection.vendor != "sqlite":
        pytest.skip(ONLY_SQLITE)
    with pytest.raises(OperationalError, match="no such table"):
        makes_the_table_of_calls_anew()
