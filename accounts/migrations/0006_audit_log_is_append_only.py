"""The database itself refuses to change or delete an audit entry, or to empty their table.

Who may change the schema can drop the triggers; the digests of the chains
(`manage.py verify_audit`) are what shows it.
"""

from django.db import migrations, models

from voicex.database.append_only import AppendOnly

class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_entries_are_chained")]

    operations = [
        migrations.AlterField("auditentry", "sequence", models.PositiveBigIntegerField()),
        migrations.AlterField("auditentry", "digest", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "auditentry",
            models.UniqueConstraint(fields=("org", "sequence"), name="one_entry_at_a_place"),
        ),
        migrations.AddConstraint(
            "auditentry",
            models.UniqueConstraint(
                condition=models.Q(("org", None)),
                fields=("sequence",),
                name="one_entry_of_the_platform_at_a_place",
            ),
        ),
        AppendOnly(
            "accounts_auditentry",
            refusal="audit entries are never changed or deleted",
            function="accounts_refuse_audit_change",
            taken="id = NEW.id OR (org_id IS NEW.org_id AND sequence = NEW.sequence)",
            keeps_all=True,
        ),
    ]
