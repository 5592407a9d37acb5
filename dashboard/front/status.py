"""The public status: whether calls are answered, and whether their processing is up to date.

It shows only that: no figures, no names of processes, no data of organizations.
"""

from datetime import datetime, timedelta
from typing import Final, TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from telephony.process.reports import is_stale, reports
from usage.outbox.rows import is_behind

# Work is begun within seconds; the sweeper finds what was lost within minutes.
LATE_AFTER: Final = timedelta(minutes=15)


class Check(TypedDict):
    """A line of the page, for components/checks.html."""

    state: str
    state_text: str
    title: str
    text: str


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Whether calls are answered, and whether they are processed in time."""
    now = timezone.now()
    checks = [_calls(now), _after_calls(now)]
    context = {
        "checks": checks,
        "is_good": all(each["state"] == "good" for each in checks),
        "now": now,
    }
    response = render(request, "front/status.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _calls(now: datetime) -> Check:
    heard = [each for each in reports(now=now) if not is_stale(each, now=now)]
    taking = [each for each in heard if not each.is_leaving]
    title = _("Phone calls")
    if not taking:
        text = _("No part of the service reports that it takes calls. Calls may not be answered.")
        return _check("bad", title, text)
    if not any(each.room for each in taking):
        text = _("All lines are in use. New callers hear a message and are asked to call back.")
        return _check("warn", title, text)
    return _check("good", title, _("Calls are being answered."))


def _after_calls(now: datetime) -> Check:
    title = _("Messages and charges")
    if is_behind(now - LATE_AFTER):
        text = _("Some are delayed. Nothing is lost: they follow as soon as possible.")
        return _check("warn", title, text)
    return _check("good", title, _("Up to date."))


def _check(state: str, title: str, text: str) -> Check:
    words = {"good": _("OK"), "warn": _("Warning"), "bad": _("Failing")}
    return Check(state=state, state_text=words[state], title=title, text=text)
