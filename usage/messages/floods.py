"""More e-mails about messages than an organization may have in an hour.

They are put off until the next hour. When too many wait, the oldest become one e-mail, which says
how many messages are in the inbox: none is lost there, and no organization keeps thousands of rows
that are tried again every hour.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.members.trust import messages_mailed_again_at
from accounts.models import Organization
from accounts.names import quoted
from usage.messages.recipients import owners_of, recipients_of, without_texts
from usage.messages.taking import MAIL
from usage.models import Call, Message, Outbox
from usage.outbox import claims, rows
from usage.outbox.mail import send_all

MOST_WAITING: Final = 200  # calls of an organization whose mails are put off
KEPT: Final = 100  # the newest of them, whose messages are still mailed one by one
# Groups of recipients that get a mail of their own; the others' messages are said to the owners.
# Without a bound a hundred agents with one recipient each would have no limit.
GROUPS: Final = 5

# The messages that one mail stands for, and how many of them are urgent.
Group = tuple[tuple[str, ...], list[Message]]


class TooManyMails(Exception):
    """The organization has had its mails of this hour; later ones are sent after it."""


def or_put_off(
    kind: Outbox.Kind, work: Callable[[int], None], call_id: int, *, now: datetime
) -> None:
    """Do `work` for a call. Raises what it raises.

    Where the organization has had its mails of this hour, its other calls are put off with it, and
    of too many the oldest merged: then also OSError or SMTPException, and they wait.
    """
    try:
        work(call_id)
    except TooManyMails as error:
        org = Organization.objects.get(calls=call_id)
        again_at = messages_mailed_again_at(now=now)
        rows.put_off(kind, org_id=org.pk, until=again_at, error=error, now=now)
        _merge(kind, org, until=again_at, now=now)
        raise


def _merge(kind: Outbox.Kind, org: Organization, *, until: datetime, now: datetime) -> None:
    """Have one mail stand for the oldest calls that wait until then, where there are too many."""
    lease = claims.lease_end(now)
    call_ids = rows.lease_oldest(
        kind, org_id=org.pk, due_by=until, most=MOST_WAITING, keep=KEPT, until=lease, now=now
    )
    if not call_ids:
        return
    for to, merged in _groups(kind, org, call_ids):
        if _is_told(kind, org, to, merged) and kind == MAIL:
            ids = [each.pk for each in merged]
            Message.objects.filter(org=org, pk__in=ids, mailed_at=None).update(mailed_at=now)
    rows.complete(kind, call_ids, now=now, leased_until=lease)


def _groups(kind: Outbox.Kind, org: Organization, call_ids: Collection[int]) -> list[Group]:
    """What waits of these calls, by who is to be told, GROUPS and the owners at most."""
    waiting = Message.objects.filter(org=org, call__in=call_ids)
    waiting = (
        waiting.filter(mailed_at=None)
        if kind == MAIL
        else waiting.filter(state=Message.State.NEW, assignee=None, reminded_at=None)
    )
    found = list(waiting.only("pk", "is_urgent", "call_id").order_by("pk"))
    rows_of = Call.objects.filter(pk__in=call_ids).values_list("pk", "version", "channel")
    # What decides about the recipients, and a call of each.
    kinds = {pk: (version, channel != Call.Channel.PHONE) for pk, version, channel in rows_of}
    one_each = {of: call_id for call_id, of in kinds.items()}
    calls = without_texts(Call.objects.select_related("org", "version"))
    told = {
        (call.version_id, call.is_test): tuple(recipients_of(call))
        for call in calls.filter(pk__in=one_each.values())
    }
    of_message = {each.pk: told[kinds[each.call_id]] for each in found}
    largest = {to for to, _count in Counter(of_message.values()).most_common(GROUPS)}
    owners = tuple(owners_of(org))
    groups: dict[tuple[str, ...], list[Message]] = {}
    for each in found:
        to = of_message[each.pk]
        groups.setdefault(to if to in largest else owners, []).append(each)
    return list(groups.items())


def _is_told(
    kind: Outbox.Kind, org: Organization, to: tuple[str, ...], merged: list[Message]
) -> bool:
    """Mail these addresses, or the owners where the server refuses all of them for good; whether
    it has taken one. Raises OSError or SMTPException.
    """
    for each in dict.fromkeys((to, tuple(owners_of(org)))):
        if each and send_all([_mail(kind, org, each, merged)], kind="merged"):
            return True
    return False


def _mail(
    kind: Outbox.Kind, org: Organization, to: tuple[str, ...], merged: list[Message]
) -> EmailMessage:
    context = {
        "count": len(merged),
        "urgent": sum(each.is_urgent for each in merged),
        "is_reminder": kind != MAIL,
        "org": quoted(org.name),
        "inbox_url": settings.TWILIO_APP_URL + reverse("dashboard:messages", args=[org.public_id]),
    }
    subject = ngettext(
        "%(count)d message from a caller is waiting for %(org)s",
        "%(count)d messages from callers are waiting for %(org)s",
        len(merged),
    )
    text = render_to_string("usage/mail/merged.txt", context)
    return EmailMessage(subject % context, text, None, list(to))
