from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_audit_checks_in_parts")]

    operations = [
        migrations.AddField(
            model_name="carrieraccount",
            name="region",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=8),
        ),
    ]
