"""The kinds of secrets are listed by `accounts.secrets.kinds`; nothing in the database changes."""

from django.db import migrations, models

import accounts.secrets.kinds


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_transcript_retention")]

    operations = [
        migrations.AlterField(
            model_name="organizationsecret",
            name="name",
            field=models.CharField(choices=accounts.secrets.kinds.choices, max_length=40),
        ),
    ]
