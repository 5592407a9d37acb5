from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0044_days_of_organizations'),
    ]

    operations = [
        migrations.AddField(
            model_name='usagefact',
            name='earlier',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
