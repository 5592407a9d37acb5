from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0043_plan_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='usagefact',
            name='earlier',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
