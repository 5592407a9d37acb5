from django.db import migrations, models


def delete(apps, schema_editor):
    """The release before knows no such rows."""
    apps.get_model("usage", "Outbox").objects.filter(kind="hang_up_call").delete()


class Migration(migrations.Migration):
    dependencies = [("usage", "0049_notices_name_their_minutes")]

    operations = [
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settle_call", "settle a call"),
                    ("send_notice", "send a notice"),
                    ("send_messages", "send a call’s messages"),
                    ("send_missed", "tell owners of a missed call"),
                    ("analyse_call", "analyse a call"),
                    ("send_webhook", "send a webhook"),
                    ("reconcile_call", "compare a call with its carrier"),
                    ("tell_webhook_off", "tell owners that a webhook is off"),
                    ("remind", "remind of a call’s messages"),
                    ("send_digest", "send a weekly report"),
                    ("report_meter", "report usage to Stripe"),
                    ("hang_up_call", "have a carrier end a call"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete, elidable=True),
    ]
