import django.core.validators
from django.db import migrations, models

import accounts.zones


class AddColumn(migrations.AddField):
    """Adds the column and nothing else, on SQLite too.

    Django would make the table anew there, without the columns that migration 0012 has left for the
    release before.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        definition, params = schema_editor.column_sql(model, field)
        self._alter(
            schema_editor,
            model,
            f"ADD COLUMN {self._quoted(schema_editor, field)} {definition}",
            params,
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        self._alter(schema_editor, model, f"DROP COLUMN {self._quoted(schema_editor, field)}")

    def _alter(self, schema_editor, model, change, params=None):
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} {change}", params or None)

    def _quoted(self, schema_editor, field):
        return schema_editor.quote_name(field.column)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_secrets_of_hosts")]

    operations = [
        AddColumn(
            model_name="organization",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Days in analytics and times in emails follow it.",
                max_length=60,
                validators=[accounts.zones.validate_zone],
                verbose_name="time zone",
            ),
        ),
        AddColumn(
            model_name="organization",
            name="reminder_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                db_default=60,
                default=60,
                help_text=(
                    "From 5 to 10080. If nobody has taken a message by then, it is emailed once "
                    "more. Leave blank for no reminders."
                ),
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(10080),
                ],
                verbose_name="remind about messages after (minutes)",
            ),
        ),
        AddColumn(
            model_name="organization",
            name="weekly_digest",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text=(
                    "Owners get last week’s calls, messages, questions and cost on Monday morning."
                ),
                verbose_name="weekly report by email",
            ),
        ),
    ]
