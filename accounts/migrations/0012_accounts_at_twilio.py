from django.db import migrations


def copy_accounts(apps, schema_editor):
    """What each organization had named, and what was learned of its calls."""
    organizations = apps.get_model("accounts", "Organization").objects
    account = apps.get_model("accounts", "CarrierAccount")
    known = organizations.exclude(twilio_account_sid="", seen_account_sid="")
    account.objects.bulk_create(
        (
            account(
                org=org,
                carrier="twilio",
                account_id=org.twilio_account_sid,
                seen_account_id=org.seen_account_sid,
            )
            for org in known.only("twilio_account_sid", "seen_account_sid").iterator()
        ),
        batch_size=500,
    )


def copy_back(apps, schema_editor):
    """What has been named and learned since, or the release before would take any account."""
    organizations = apps.get_model("accounts", "Organization").objects
    accounts = apps.get_model("accounts", "CarrierAccount").objects.filter(carrier="twilio")
    for known in accounts.iterator():
        organizations.filter(pk=known.org_id).update(
            twilio_account_sid=known.account_id, seen_account_sid=known.seen_account_id
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_carrier_accounts")]

    operations = [
        migrations.RunPython(copy_accounts, copy_back, elidable=True),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("organization", "twilio_account_sid"),
                migrations.RemoveField("organization", "seen_account_sid"),
            ]
        ),
    ]
