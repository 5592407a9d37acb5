"""Template tags of the dashboard: navigation, times, durations, money, reasons."""

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import form_recovery
from accounts.models import Organization
from agents.settings.summary import summary_of
from dashboard import labels
from dashboard.agents.targets import shown_rows
from dashboard.navigation import HERE, navigation_of, place_of, url_or_nothing
from usage.models import Call
from usage.reads.counts import COUNTED, counts_of
from voicex.database.row_scope import platform_wide
from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason

register = template.Library()
register.filter("called", labels.called)
register.filter("caller", labels.caller)
register.filter("clock", labels.clock)
register.filter("duration", labels.duration)
register.filter("dollars", labels.dollars)
register.filter("grouped", labels.grouped)
register.filter("language", labels.language)
register.filter("money", labels.money)
register.filter("money_per", labels.money_per)
register.filter("is_withheld", labels.is_withheld)
register.filter("percent", labels.percent)
register.filter("said", summary_of)
register.filter("target_rows", shown_rows)
register.filter("signed_percent", labels.signed_percent)
register.filter("units", labels.units)


ORGANIZATIONS_IN_MENU: Final = 8


@register.inclusion_tag("components/sections.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """The sections of the organization that this member may open (one query: the counts)."""
    org = context["org"]
    counts = counts_of(org, now=timezone.now())
    groups = navigation_of(
        org.public_id,
        may=context["may"],
        path=context["request"].path,
        counts={
            "dashboard:messages": labels.at_most(counts.messages, COUNTED),
            "dashboard:live_calls": labels.at_most(counts.live, COUNTED),
        },
        hidden={"dashboard:onboarding"} if counts.has_call else (),
    )
    return {"groups": groups, "label": _("Organization")}


@register.inclusion_tag("dashboard/_organization_menu.html", takes_context=True)
def organization_menu(context: template.Context) -> dict[str, Any]:
    """The organization one is in, and the others of the member (one query)."""
    org = context["org"]
    own = Organization.objects.filter(memberships__user=context["request"].user)
    with platform_wide():  # the page's scope is the one organization
        found = list(own.exclude(pk=org.pk).order_by("name", "pk")[: ORGANIZATIONS_IN_MENU + 1])
    return {
        "org": org,
        "others": found[:ORGANIZATIONS_IN_MENU],
        "has_more": len(found) > ORGANIZATIONS_IN_MENU,
    }


@register.inclusion_tag("_account_menu.html", takes_context=True)
def account_menu(context: template.Context) -> dict[str, Any]:
    """What belongs to the person who is signed in."""
    return {
        "request": context.get("request"),
        "user": context["user"],
        "operator_url": url_or_nothing("operator:home"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("_form_recovery.html", takes_context=True)
def recovered_form(context: template.Context) -> dict[str, Any]:
    """What was typed into a form of this page before the session ended."""
    request = context.get("request")
    return {"texts": form_recovery.take(request) if request else []}


@register.inclusion_tag("_unsaved_entries.html", takes_context=True)
def unsaved_entries(context: template.Context) -> dict[str, Any]:
    """What was typed into a form that this page refuses as a whole: what it is about is gone."""
    request = context.get("request")
    return {"texts": form_recovery.unsaved(request) if request else []}


@register.simple_tag(takes_context=True)
def here(context: template.Context) -> SafeString:
    """A field for the form of a list's row: what is done leads back here (`back_to`)."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', HERE, place_of(context["request"])
    )


@register.simple_tag(takes_context=True)
def from_here(context: template.Context, sign: str = "?") -> str:
    """The end of a row's link, for the same: put behind the path, with "&" behind a query."""
    place = place_of(context["request"])
    return f"{sign}{urlencode({HERE: place})}" if place else ""


@register.simple_tag
def moment(then: dt.datetime | None, nothing: str | None = None) -> SafeString | str:
    """A `<time>`: relative words, then day and minute in the viewer's zone, and another year.

    Without a known zone the hours are those of UTC, and say so. `nothing` ("never" unless
    given) is shown for no time at all.
    """
    if then is None:
        return _("never") if nothing is None else nothing
    local = timezone.localtime(then)
    zone = local.tzname() or "UTC"
    is_utc = timezone.get_current_timezone_name() == "UTC"
    now = timezone.localtime()
    short = formats.date_format(
        local,
        # Translators: a format as in Django's `date` filter: day, month, hour, minute.
        pgettext("date format", "j M H:i")
        if local.year == now.year
        # Translators: a format as in Django's `date` filter: day, month, year, hour, minute.
        else pgettext("date format", "j M Y H:i"),
    )
    return format_html(
        '<time datetime="{}" title="{} {}">{} <span class="muted small">{}{}</span></time>',
        then.astimezone(dt.UTC).isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        zone,
        labels.relative(then, now=now),
        short,
        " UTC" if is_utc else "",
    )


@register.filter
def call_duration(call: Call) -> str:
    """How long the call's stream was, or has been so far; a dash when there was none."""
    if call.live_at is None:
        return "–"
    return labels.duration(((call.ended_at or timezone.now()) - call.live_at).total_seconds())


@register.filter
def outcome(name: str) -> str:
    """What became of a webhook request."""
    return labels.label_of(Outcome, name)


@register.filter
def attempt_reason(name: str) -> str:
    """Why a webhook request was declined or refused."""
    return labels.label_of(AttemptReason, name)


@register.filter
def end_reason(name: str) -> str:
    """Why a call ended."""
    return labels.label_of(EndReason, name)
