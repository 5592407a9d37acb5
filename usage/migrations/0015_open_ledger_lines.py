from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0014_texts_of_carriers")]

    operations = [
        # By hand: on SQLite Django would make the table anew, without the triggers that keep its
        # lines as they are.
        migrations.RunSQL(
            sql='ALTER TABLE "usage_ledgerentry" ADD COLUMN "is_open" bool NOT NULL DEFAULT false',
            reverse_sql='ALTER TABLE "usage_ledgerentry" DROP COLUMN "is_open"',
            state_operations=[
                migrations.AddField(
                    model_name="ledgerentry",
                    name="is_open",
                    field=models.BooleanField(db_default=False, default=False),
                )
            ],
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("is_open", True)), fields=["call"], name="open_ledger_lines"
            ),
        ),
    ]
