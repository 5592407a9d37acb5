"""Template tags of the dashboard: navigation, times, durations, money, reasons."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from telephony.dashboard import words
from usage.models import Call

register = template.Library()
register.filter("clock", words.clock)
register.filter("dollars", words.dollars)


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of an organization's navigation.

    The first of `views` is where it leads; the others belong to it. `needs` is the
    permission (see `dashboard.permissions.May`) without which it is not shown.
    """

    label: str
    views: tuple[str, ...]
    needs: str = ""


SECTIONS: Final = (
    Section("Overview", ("overview",)),
    Section("Agents", ("agents", "agent", "new_agent", "publish")),
    Section("Calls", ("calls", "call")),
    Section("Usage", ("usage",)),
    Section("Keys", ("keys", "issue_key", "key", "rotate_key", "revoke_key"), needs="see_keys"),
    Section("Webhook log", ("attempts",)),
    Section("Members", ("members",)),
    Section("Settings", ("settings",), needs="manage_organization"),
)


@register.inclusion_tag("dashboard/_navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """The sections of the organization that this member may open."""
    here = context["request"].resolver_match.url_name
    org_id = context["org"].public_id
    return {
        "entries": [
            {
                "label": section.label,
                "url": reverse(f"dashboard:{section.views[0]}", args=[org_id]),
                "is_current": here in section.views,
            }
            for section in SECTIONS
            if not section.needs or getattr(context["may"], section.needs)
        ]
    }


@register.simple_tag
def moment(then: dt.datetime | None, nothing: str = "never") -> SafeString | str:
    """A `<time>`: relative words, then day and minute in UTC; `nothing` when there is none."""
    if then is None:
        return nothing
    utc = then.astimezone(dt.UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{} <span class="muted small">{}</span></time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S}",
        words.relative(utc, now=timezone.now()),
        f"{utc:%-d %b %H:%M}",
    )


@register.filter
def call_duration(call: Call) -> str:
    """How long the call's stream was, or has been so far; a dash when there was none."""
    if call.live_at is None:
        return "–"
    return words.duration(((call.ended_at or timezone.now()) - call.live_at).total_seconds())


@register.filter
def outcome(name: str) -> str:
    """What became of a webhook request."""
    return words.in_words(words.OUTCOMES, name)


@register.filter
def attempt_reason(name: str) -> str:
    """Why a webhook request was declined or refused."""
    return words.in_words(words.ATTEMPT_REASONS, name)


@register.filter
def end_reason(name: str) -> str:
    """Why a call ended."""
    return words.in_words(words.END_REASONS, name)
