from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("usage", "0017_notices_into_the_outbox")]

    operations = [
        migrations.RemoveIndex(model_name="quotanotice", name="quota_notices_to_send"),
        migrations.RemoveField(model_name="quotanotice", name="due_at"),
    ]
