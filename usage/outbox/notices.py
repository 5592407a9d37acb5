"""Notices: e-mails to an organization's members, once for each occasion.

A notice is a row, written in the transaction that meets its occasion, and never twice. The outbox
has its e-mail sent after the commit. Should a process die between the e-mail and the commit that it
went out, it is sent twice.
"""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial
from typing import Any

from django.core.mail import EmailMessage

from accounts.models import Membership, User
from usage.models import Outbox
from usage.outbox import rows
from usage.outbox.kinds import HANDLERS
from usage.outbox.mail import process_mails, send_all

Occasion = tuple[Any, ...]
# From a notice to the subject and text of its mail; None where none is wanted any more.
Compose = Callable[[Any], tuple[str, str] | None]


def record(
    kind: Outbox.Kind,
    occasions: AbstractSet[Occasion],
    *,
    columns: Sequence[str],
    now: datetime,
) -> list[Any]:
    """Write the notices of `occasions` that have none yet, and have them sent; returns these.

    columns: of the notice, in the order of an occasion; together they are unique. In the caller's
    transaction: one read, and for what is new the notice and its row of the outbox.
    """
    if not occasions:
        return []
    notices = HANDLERS[kind].subject._default_manager
    among = {
        f"{column}__in": set(values)
        for column, values in zip(columns, zip(*occasions, strict=True), strict=True)
    }
    known = set(notices.filter(**among).values_list(*columns))
    new = []
    for occasion in sorted(occasions - known):
        # Another process may meet it at the same moment.
        notice, is_new = notices.get_or_create(**dict(zip(columns, occasion, strict=True)))
        if is_new:
            rows.enqueue(kind, notice.pk, now=now)
            new.append(notice)
    return new


def send_waiting(
    kind: Outbox.Kind,
    compose: Compose,
    *,
    roles: Collection[Membership.Role],
    hint: int,
    now: datetime,
) -> None:
    """Send the notices that are due, and `hint`; a mail server that fails is tried again later.

    roles: of the members who get one. hint: a notice's primary key, 0 for none.
    """
    work = partial(_send, kind, compose, roles, now=now)
    process_mails(kind, work, hint=hint, now=now)


def _send(
    kind: Outbox.Kind,
    compose: Compose,
    roles: Collection[Membership.Role],
    notice_id: int,
    *,
    now: datetime,
) -> None:
    """E-mail the notice to each by themselves, unless that was done. Raises as `outbox.mail`."""
    notices = HANDLERS[kind].subject._default_manager
    notice: Any = notices.select_related("org").get(pk=notice_id)
    if notice.sent_at is not None:
        return
    people = User.objects.filter(
        memberships__org=notice.org, memberships__role__in=roles, is_active=True
    )
    if (written := compose(notice)) is not None:
        subject, text = written
        mails = [EmailMessage(subject, text, None, [person.email]) for person in people]
        send_all(mails, kind=kind)
    notices.filter(pk=notice_id).update(sent_at=now)
