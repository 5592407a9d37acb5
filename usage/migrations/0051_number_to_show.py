from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0050_hang_up_call")]

    operations = [
        migrations.AddField(
            model_name="callrules",
            name="shown_number",
            field=models.CharField(blank=True, db_default="", max_length=16),
        ),
    ]
