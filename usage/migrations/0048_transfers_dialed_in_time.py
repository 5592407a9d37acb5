from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0047_erasures_in_batches")]

    operations = [
        # Empty in rows of before, and in those of processes of before: they wait as they did.
        migrations.AddField(
            model_name="transfer",
            name="dial_by",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
