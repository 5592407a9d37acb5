from django.db import migrations, models


class Migration(migrations.Migration):
    """Labels only: the tables stay as they are."""

    dependencies = [
        ('agents', '0003_rows_name_their_organization'),
    ]

    operations = [
        migrations.AlterField(
            model_name='agentversion',
            name='facts',
            field=models.TextField(blank=True, help_text='One per line, as “topic: what to say”.'),
        ),
        migrations.AlterField(
            model_name='agentversion',
            name='stt',
            field=models.CharField(blank=True, max_length=40, verbose_name='speech-to-text'),
        ),
        migrations.AlterField(
            model_name='agentversion',
            name='tts',
            field=models.CharField(blank=True, max_length=40, verbose_name='text-to-speech'),
        ),
    ]
