"""The page that shows every component, drawn with the same includes as all other pages."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agents.engines.events import Stage
from dashboard.plots import STAGE_NAMES, columns, waterfall

_LATENCY = {
    Stage.ENDPOINT: 210,
    Stage.STT: 360,
    Stage.LLM: 610,
    Stage.TTS: 730,
    Stage.SENT: 740,
    Stage.MARK: 850,
}
_SLOW = {**_LATENCY, Stage.LLM: 1480, Stage.TTS: 1610, Stage.SENT: 1620, Stage.MARK: 1730}
_PLOTTED_DAYS = 14


class SpecimenForm(forms.Form):
    """One field of each kind; it is never sent anywhere."""

    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("Shown here and in reports.")
    )
    greeting = forms.CharField(
        label=gettext_lazy("Greeting"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("en", "English"), ("de", "Deutsch")]
    )
    pause = forms.IntegerField(
        label=gettext_lazy("Short pause"), min_value=100, help_text=gettext_lazy("Milliseconds.")
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("How consent is given"),
        choices=[("key", gettext_lazy("By a key")), ("word", gettext_lazy("By a word"))],
        widget=forms.RadioSelect,
    )
    interruptible = forms.BooleanField(
        label=gettext_lazy("The caller may interrupt"),
        help_text=gettext_lazy("The agent falls silent when the caller speaks over it."),
        required=False,
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """Half a second of one track in the specimen of a timeline; coordinates of its viewBox."""

    x: int
    y: int
    height: int
    track: str


@require_safe
@login_required
def design(request: HttpRequest) -> HttpResponse:
    """Every component, for developers of pages."""
    return render(request, "design.html", _specimens())


def _specimens() -> dict[str, Any]:
    """The template's context: made-up values for every component."""
    today = timezone.localdate()
    days = [today - dt.timedelta(days=ago) for ago in range(_PLOTTED_DAYS - 1, -1, -1)]
    values = [12, 18, 9, 22, 31, 4, 2, 16, 25, 27, 19, 33, 5, 8]
    wrong = SpecimenForm(
        {"name": "", "pause": "20", "language": "de", "consent": "key", "interruptible": "on"}
    )
    wrong.is_valid()
    return {
        "form": wrong,
        "now": timezone.now(),
        "days": list(zip(days, values, strict=True)),
        "columns": columns(values, [str(value) for value in values]),
        "stages": list(STAGE_NAMES.items()),
        "answers": [
            {"bars": waterfall(latency, scale_ms=_SLOW[Stage.MARK]), "total_ms": latency["mark"]}
            for latency in ({str(k): v for k, v in each.items()} for each in (_LATENCY, _SLOW))
        ],
        "timeline": _timeline(),
        "templates": [
            {
                "value": "receptionist",
                "title": _("Receptionist"),
                "text": _("Tells callers your hours and takes messages."),
            },
            {
                "value": "booking",
                "title": _("Booking"),
                "text": _("Asks for a day and time, then confirms them."),
            },
            {
                "value": "empty",
                "title": _("Empty"),
                "text": _("A greeting. The rest is up to you."),
            },
        ],
        "tabs": [
            {"url": "#tabs", "label": _("Talk"), "is_current": True, "count": None},
            {"url": "#tabs", "label": _("Type"), "is_current": False, "count": None},
            {"url": "#tabs", "label": _("Recordings"), "is_current": False, "count": 12},
        ],
        "steps": [
            {"label": _("Name"), "is_done": True, "is_current": False, "url": "#stepper"},
            {"label": _("Template"), "is_done": False, "is_current": True, "url": ""},
            {"label": _("Talk to it"), "is_done": False, "is_current": False, "url": ""},
            {"label": _("Connect a number"), "is_done": False, "is_current": False, "url": ""},
        ],
        "checks": [
            {
                "state": "good",
                "state_text": _("OK"),
                "title": _("Signature"),
                "text": _("The latest request was signed with your auth token."),
            },
            {
                "state": "bad",
                "state_text": _("Failing"),
                "title": _("Public URL"),
                "text": _("Nothing answers at https://voicex.example."),
                "remedy": _("Open port 443, or correct TWILIO_APP_URL."),
            },
            {
                "state": "warn",
                "state_text": _("Warning"),
                "title": _("Server clock"),
                "text": _("The clock is 41 seconds behind."),
            },
        ],
        "figures": [
            {"label": _("calls today"), "value": "1,284", "unit": ""},
            {"label": _("minutes"), "value": "3,917", "unit": ""},
            {"label": _("median response"), "value": "850", "unit": "ms"},
        ],
        "diff": [
            {"kind": "", "text": "You answer for Acorn, a bicycle shop."},
            {"kind": "removed", "text": "We open at nine."},
            {"kind": "added", "text": "We open at eight, on Saturdays at ten."},
        ],
        "json": '{\n  "event": "mark",\n  "streamSid": "MZ0123",\n  "mark": {"name": "r7:1240"}\n}',
    }


def _timeline() -> list[Shape]:
    loud = [8, 22, 35, 28, 40, 18, 30, 12]
    return [
        Shape(x=index * 10, y=middle - height // 2, height=height, track=track)
        for track, middle, spans in (
            ("caller", 25, ((22, 38), (62, 74))),
            ("agent", 75, ((2, 20), (40, 64), (76, 97))),
        )
        for first, last in spans
        for index in range(first, last)
        for height in (loud[index * 5 % len(loud)],)
    ]
