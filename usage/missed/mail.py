"""E-mails to owners about unanswered callers, with cause and remedy.

The first caller of a cause has it sent at once; it is said once a day, however many follow
(`usage.outbox.notices`).
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.names import quoted
from accounts.zones import stamp
from usage.messages.mails import came_to
from usage.missed.causes import cause_in_words, remedy_of
from usage.missed.reads import latest_of_cause
from usage.missed.record import SEND
from usage.models import MissedNotice
from usage.outbox import notices
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable

CALLERS: Final = 5  # of the latest, in a mail
ROLES: Final = (Membership.Role.OWNER,)


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the notices that are due, and `hint`: a notice's primary key, 0 for none."""
    notices.send_waiting(SEND, _mail, roles=ROLES, hint=hint, now=now)


def _mail(notice: MissedNotice) -> tuple[str, str]:
    name, cause = quoted(notice.org.name), cause_in_words(notice.cause, notice.detail)
    subject = _("%(org)s: callers are not answered, %(cause)s") % {"org": name, "cause": cause}
    path = reverse("dashboard:missed_callers", args=[notice.org.public_id])
    values = {
        "org": name,
        "cause": cause,
        "remedy": remedy_of(notice.cause),
        "callers": _callers(notice),
        "url": settings.TWILIO_APP_URL + path,
    }
    return subject, render_to_string("usage/mail/missed_notice.txt", values)


def _callers(notice: MissedNotice) -> list[str]:
    """The latest callers of the cause: when, who, and what the call came to where one began."""
    lines = []
    found = latest_of_cause(notice.org, cause=notice.cause, detail=notice.detail, limit=CALLERS)
    for each in found:
        line = stamp(each.at, notice.org.time_zone)
        if each.call is not None:
            number = readable(each.call.from_number)
            is_known = number not in ("", WITHHELD, UNKNOWN, ERASED)
            caller = number if is_known else _("unknown number")
            line += f", {caller}, {quoted(each.call.agent.name)}"
            if said := came_to(each.call):
                line += "\n  " + said.replace("\n", "\n  ")
        lines.append(line)
    return lines
