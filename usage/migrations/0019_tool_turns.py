from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0018_notices_are_due_in_the_outbox")]

    operations = [
        migrations.AlterField(
            model_name="turn",
            name="role",
            field=models.CharField(
                choices=[("caller", "caller"), ("agent", "agent"), ("tool", "tool")], max_length=6
            ),
        ),
    ]
