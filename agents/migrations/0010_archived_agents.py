from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0009_meanings_of_documents")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="archived_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="archived"
            ),
        ),
    ]
