from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_labels")]

    operations = [
        migrations.AddField(
            model_name="organizationsecret",
            name="is_verified",
            field=models.BooleanField(editable=False, null=True),
        ),
    ]
