from django.db import migrations


def name_browser(apps, schema_editor):
    """Every call that was there is Twilio's, but those that members made from a page."""
    apps.get_model("usage", "Call").objects.exclude(door="phone").update(carrier="browser")


class Migration(migrations.Migration):
    dependencies = [("usage", "0020_carriers_of_calls")]

    operations = [migrations.RunPython(name_browser, migrations.RunPython.noop, elidable=True)]
