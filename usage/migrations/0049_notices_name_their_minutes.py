from django.db import migrations
from django.db.models import Q


def name_minutes(apps, schema_editor):
    """Notices of minutes were about "". They are about what their organization has today, so that
    nobody is told of the same share twice.
    """
    notices = apps.get_model("usage", "QuotaNotice").objects.filter(about="")
    quotas = apps.get_model("usage", "Quota").objects.select_related("plan")
    for quota in quotas.filter(org__in=notices.values("org")).iterator():
        minutes = quota.minutes_a_month
        if minutes is None and quota.plan:
            minutes = quota.plan.minutes_a_month
        notices.filter(org=quota.org_id).update(about=f"minutes {minutes}")


def name_nothing(apps, schema_editor):
    """As the release before has it: one of each share, whatever the minutes were."""
    notices = apps.get_model("usage", "QuotaNotice").objects
    # Processes of the release before may have written some meanwhile.
    about_minutes = notices.filter(Q(about="") | Q(about__startswith="minutes"))
    for org, month, percent in about_minutes.values_list("org", "month", "percent").distinct():
        same = about_minutes.filter(org=org, month=month, percent=percent)
        kept = same.order_by("-pk").values_list("pk", flat=True).first()
        same.exclude(pk=kept).delete()
        notices.filter(pk=kept).update(about="")


class Migration(migrations.Migration):
    dependencies = [("usage", "0048_transfers_dialed_in_time")]

    operations = [migrations.RunPython(name_minutes, name_nothing, elidable=True)]
