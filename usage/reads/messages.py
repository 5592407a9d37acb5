"""Messages of an organization, for its pages."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from accounts.models import Organization, User
from usage.models import Call, Message

COUNTED: Final = 100  # new messages that are counted beside the navigation of a page


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of messages, newest first. older: the `before` of the next one, None for none."""

    messages: list[Message]
    older: int | None


def search_messages(
    org: Organization,
    *,
    state: Message.State | None,
    assignee: User | None,
    before: int | None,
    limit: int,
) -> MessagePage:
    """The messages of `org` with this state and assignee, older than the row `before`.

    None: of any state, whoever has them, the newest.
    """
    found = _shown(org)
    if state is not None:
        found = found.filter(state=state)
    if assignee is not None:
        found = found.filter(assignee=assignee)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: limit + 1])
    has_more = len(rows) > limit
    return MessagePage(rows[:limit], rows[limit - 1].pk if has_more else None)


def message_of(org: Organization, message_id: int) -> Message | None:
    """The message of `org` with that primary key; None also for another organization's."""
    return _shown(org).filter(pk=message_id).first()


def messages_of_call(call: Call) -> list[Message]:
    """The messages that were left in `call`, oldest first."""
    return list(_shown(call.org).filter(call=call).order_by("pk"))


def new_count(org: Organization) -> int:
    """How many messages of `org` nobody has marked done; COUNTED means as many or more."""
    return Message.objects.filter(org=org, state=Message.State.NEW).order_by()[:COUNTED].count()


def _shown(org: Organization) -> QuerySet[Message]:
    related = ("call__agent", "call__analysis", "assignee", "done_by")
    return Message.objects.filter(org=org).select_related(*related)
