"""Outgoing webhooks in words."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from usage.hooks.outcomes import GONE, UNREADABLE
from usage.models import HookEndpoint

Kind = HookEndpoint.Target

PROBLEMS: Final[dict[str, str | Promise]] = {
    "too_slow": gettext_lazy("No answer within 10 seconds."),
    "no_connection": gettext_lazy("The server can’t be reached."),
    "certificate": gettext_lazy("The server’s certificate isn’t valid."),
    "broken": gettext_lazy("The connection broke."),
    "address": gettext_lazy("The address leads to a private network."),
    "scheme": gettext_lazy("The address must begin with https://"),
    "userinfo": gettext_lazy("The address can’t contain a user name or password."),
    "no_url": gettext_lazy("The address isn’t valid."),
    "too_large": gettext_lazy("The answer isn’t HTTP, or its headers are too long."),
    "encoded": gettext_lazy("The answer is compressed."),
    UNREADABLE: gettext_lazy("The webhook’s secret can no longer be read. Add the webhook again."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of target as a card."""

    value: str
    title: str
    text: str


def kinds() -> list[Choice]:
    """The kinds of targets, each with a sentence."""
    return [
        Choice(
            Kind.URL, str(Kind.URL.label), _("Signed JSON, in the format of Standard Webhooks.")
        ),
        Choice(
            Kind.SLACK,
            str(Kind.SLACK.label),
            _("A line of text in a channel. Also for Mattermost and Rocket.Chat."),
        ),
    ]


def problem_of(problem: str, status: int | None) -> str:
    """Why a delivery was refused; "" if the status alone says it."""
    if status is None:
        return str(PROBLEMS.get(problem, "")) or problem.replace("_", " ")
    if 300 <= status < 400:
        return _("Redirects aren’t followed. Enter the final address.")
    return _("The webhook was switched off.") if status == GONE else ""
