"""What the search in transcripts looks things up in: on PostgreSQL only.

`words` is computed by the database whenever a turn is written, so nothing in the program
writes it, and no model has it; `usage.reads.call_search` reads it. The configuration "simple" knows
no language: words are found as they were said, in every language alike. Only the first 20,000
characters of a turn count: PostgreSQL refuses a text whose words fill more than a megabyte.

It costs a turn about its own length on disk twice over, and some 0.04 ms when it is written;
the index gathers new turns and sorts them in later (GIN's `fastupdate`).
"""

from django.db import migrations

STATEMENTS = (
    """
    ALTER TABLE usage_turn ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', left(text, 20000))) STORED
    """,
    "CREATE INDEX turns_by_word ON usage_turn USING gin (words)",
)
UNDO = ("ALTER TABLE usage_turn DROP COLUMN words",)


def _run(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


def add(_apps, schema_editor):
    """Add the column and its index."""
    _run(schema_editor, STATEMENTS)


def remove(_apps, schema_editor):
    """Remove both."""
    _run(schema_editor, UNDO)


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_first_price_book")]

    operations = [migrations.RunPython(add, remove)]
