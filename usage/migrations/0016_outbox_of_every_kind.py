import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0015_open_ledger_lines")]

    operations = [
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[("settle_call", "settle a call"), ("send_notice", "send a notice")],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="outbox",
            name="call",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outbox",
                to="usage.call",
            ),
        ),
        migrations.AddField(
            model_name="outbox",
            name="leased_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="outbox",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outbox",
                to="usage.quotanotice",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice__isnull", False)),
                fields=("notice", "kind"),
                name="one_outbox_row_per_notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("call__isnull", False), ("notice__isnull", True)),
                    models.Q(("call__isnull", True), ("notice__isnull", False)),
                    _connector="OR",
                ),
                name="outbox_row_has_one_subject",
            ),
        ),
    ]
