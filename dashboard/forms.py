"""The forms of the dashboard; the services check their data again."""

from functools import lru_cache
from typing import Any, ClassVar, Final

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.names import LONGEST, validate_name
from accounts.zones import UTC, name_of_today, validate_zone, zone_names
from dashboard.merging import MergingForm

DAYS: Final = (1, 3650)
MINUTES: Final = (5, 10_080)


@lru_cache(8)
def _options(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, str], ...]:
    """What stands for each zone in a list: its value, and the HTML before and after "selected"."""
    return tuple(
        (value, format_html('<option value="{}"', value), format_html(">{}</option>", label))
        for value, label in choices
    )


class ZoneSelect(forms.Select):
    """A list of time zones. Django's own has a template rendered for each of four hundred."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        choices = tuple((str(each), str(label)) for each, label in self.choices)
        shown = "".join(
            f"{begin}{' selected' if each == chosen else ''}{rest}"
            for each, begin, rest in _options(choices)
        )
        head = format_html("<select{}>", flatatt(self.build_attrs({"name": name}, attrs)))
        # Of parts that are escaped.
        return mark_safe(f"{head}{shown}</select>")  # noqa: S308  # nosec B308, B703


class ZoneField(forms.ChoiceField):
    """A time zone out of a list. One with an older name is shown by that of today.

    "" is UTC, unless one has to be chosen (`required`): then it is none.
    """

    widget = ZoneSelect

    def __init__(self, *, stored: str = "", required: bool = False, **words: Any) -> None:
        """stored: what was chosen before; one that is listed no more stays as it is."""
        names = zone_names() if stored in ("", *zone_names()) else (*zone_names(), stored)
        choices = [(name, name.replace("_", " ")) for name in names]
        choices[:1] = [("", "–"), (UTC, UTC)] if required else [("", UTC)]
        super().__init__(choices=choices, required=required, **words)

    def prepare_value(self, value: Any) -> Any:
        """The name that the list has."""
        name = name_of_today(value) if isinstance(value, str) else value
        return "" if name == UTC and not self.required else name

    def validate(self, value: str) -> None:
        """Raises ValidationError for what is no time zone."""
        forms.Field.validate(self, value)
        validate_zone(value)


class SettingsForm(MergingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An organization's name, and how long it keeps recordings and transcripts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("recording_days", "transcript_days"):
            self.fields[name] = _whole_number_like(self.fields[name], DAYS)

    class Meta:
        model = Organization
        fields = ("name", "recording_days", "transcript_days")
        help_texts: ClassVar = {
            "recording_days": _(
                "From 1 to 3650. Older recordings are permanently deleted every hour, including "
                "those made before you changed this. Transcripts are kept."
            ),
            "transcript_days": _(
                "From 1 to 3650. Leave blank to keep them forever. Older transcripts are "
                "permanently deleted every hour, including those made before you changed this. "
                "Calls, their costs and their recordings are kept."
            ),
        }


class NoticesForm(MergingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The organization's time zone, and the e-mails that its members get."""

    class Meta:
        model = Organization
        fields = ("time_zone", "reminder_minutes", "weekly_digest")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.initial["time_zone"] = name_of_today(self.instance.time_zone)
        self.fields["time_zone"] = ZoneField(
            stored=stored,
            label=self.fields["time_zone"].label,
            help_text=_(
                "Days of usage, budgets and analytics and times in emails follow it. Earlier calls "
                "stay on their days."
            ),
        )
        self.fields["reminder_minutes"] = _whole_number_like(
            self.fields["reminder_minutes"], MINUTES
        )


def _whole_number_like(field: forms.Field, bounds: tuple[int, int]) -> forms.IntegerField:
    """`field` with one rule and one message, where the column's type would add another (not
    below 0)."""
    lowest, highest = bounds
    problem = _("Enter a whole number from %(lowest)d to %(highest)d.") % {
        "lowest": lowest,
        "highest": highest,
    }
    return forms.IntegerField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        min_value=lowest,
        max_value=highest,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), problem),
    )


class KeyForm(forms.Form):
    """The name of a new key."""

    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=_("Internal label, e.g. “Main line”."),
    )
