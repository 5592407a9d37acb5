from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_numbers_of_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditcheck",
            name="place",
            field=models.JSONField(blank=True, default=None, null=True),
        ),
    ]
