"""The database itself refuses to change or delete a ledger line.

PostgreSQL's TRUNCATE and dropping the table stay possible: they need rights over the schema,
which whoever runs migrations has anyway.
"""

from django.db import migrations

from voicex.database.append_only import AppendOnly

class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]

    operations = [
        AppendOnly(
            "usage_ledgerentry",
            refusal="ledger entries are never changed or deleted; post a reversal",
            function="usage_refuse_ledger_change",
        )
    ]
