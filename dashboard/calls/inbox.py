"""The messages that callers left: listed, assigned, marked done."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages as notices
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.members.access import member_required
from accounts.models import Organization, User
from accounts.permissions import HANDLE_MESSAGES, READ
from dashboard import labels
from dashboard.access_audit import record_messages_read
from dashboard.bounded_fields import row_number
from dashboard.navigation import back_to
from dashboard.pages import MemberRequest, render_page
from usage.messages import inbox
from usage.models import Message
from usage.reads.messages import COUNTED, message_of, new_count, search_messages

PAGE_SIZE: Final = 25
DONE, ALL = "done", "all"
# What `?show=` says, with the state that it shows; without it, new ones.
SHOWN: Final[dict[str, tuple[str | Promise, Message.State | None]]] = {
    "": (gettext_lazy("New"), Message.State.NEW),
    DONE: (gettext_lazy("Done"), Message.State.DONE),
    ALL: (gettext_lazy("All"), None),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to messages of one state. count: text, None for none."""

    label: str | Promise
    url: str
    is_current: bool
    count: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Which messages a page shows: of one state, of all members or only of this one."""

    show: str
    is_mine: bool

    def url(self, org: Organization, **others: Any) -> str:
        """The address of this page."""
        query = {"show": self.show, "whose": "mine" if self.is_mine else "", **others}
        asked = urlencode({name: value for name, value in query.items() if value})
        home = reverse("dashboard:messages", args=[org.public_id])
        return f"{home}?{asked}" if asked else home


class AssigneeForm(forms.Form):
    """The member to whom a message is assigned."""

    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This person isn’t on the team any more.")},
    )

    def __init__(self, *args: Any, org: Organization) -> None:
        super().__init__(*args)
        field: Any = self.fields["assignee"]
        field.queryset = inbox.assignable(org)


@require_safe
@member_required(READ)
def messages(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of messages; `?show=done|all`, `?whose=mine`, `?before=` end of the previous page."""
    view = _view(request.GET)
    before = row_number(request.GET.get("before", ""))
    page = search_messages(
        request.org,
        state=SHOWN[view.show][1],
        assignee=request.user if view.is_mine else None,
        before=before,
        limit=PAGE_SIZE,
    )
    if before is not None and not page.messages:  # all of this page has been worked off
        return redirect(view.url(request.org))
    if page.messages:
        record_messages_read(request)
    context = {
        "found": page.messages,
        "tabs": _tabs(request.org, view),
        "view": view,
        "whose_url": View(view.show, not view.is_mine).url(request.org),
        "members": list(inbox.assignable(request.org)),
        "newer_url": view.url(request.org) if before is not None else "",
        "older_url": view.url(request.org, before=page.older) if page.older else "",
    }
    return render_page(request, "messages.html", context)


@require_http_methods(["GET", "POST"])
@member_required(HANDLE_MESSAGES)
def change_message(request: MemberRequest, org_id: str, message_id: int) -> HttpResponse:
    """Assign a message, mark it done or reopen it; redirects to the page it was on."""
    message = message_of(request.org, message_id)
    if message is None:
        raise Http404("No such message")
    if request.method == "POST":
        _change(request, message)
    if request.POST.get("page") == "call":
        home = reverse("dashboard:call", args=[org_id, message.call.call_sid])
    else:
        home = reverse("dashboard:messages", args=[org_id])
    return redirect(back_to(request, home))


def _change(request: MemberRequest, message: Message) -> None:
    wanted = request.POST.get("do")
    if wanted == "done":
        inbox.finish(message, actor=request.user, now=timezone.now())
        notices.success(request, _("Message marked done."))
    elif wanted == "reopen":
        inbox.reopen(message, actor=request.user)
        notices.success(request, _("Message reopened."))
    elif wanted == "assign":
        _assign(request, message)


def _assign(request: MemberRequest, message: Message) -> None:
    form = AssigneeForm(request.POST, org=request.org)
    if not form.is_valid():
        notices.error(request, " ".join(map(str, form.errors["assignee"])))
        return
    assignee = form.cleaned_data["assignee"]
    try:
        inbox.assign(
            message,
            assignee=assignee,
            actor=request.user,
            seen=_seen(request.POST, otherwise=message.assignee_id),
        )
    except inbox.AssignedMeanwhile as other:
        notices.warning(request, _meanwhile(other.assignee))
        return
    except ValueError:  # they have left since the form was read
        notices.error(request, str(form.fields["assignee"].error_messages["invalid_choice"]))
        return
    if assignee is None:
        notices.success(request, _("Message unassigned."))
    else:
        said = _("Message assigned to %(person)s.")
        notices.success(request, said % {"person": assignee.email})


def _seen(posted: QueryDict, *, otherwise: int | None) -> int | None:
    """Who had the message on the page that was sent. otherwise: where it does not say."""
    seen = posted.get("seen")
    return otherwise if seen is None else row_number(seen)


def _meanwhile(assignee: User | None) -> str:
    if assignee is None:
        return _("Nobody has this message any more. Assign it again if you still want to.")
    return _(
        "%(person)s was given this message meanwhile. Assign it again if you want to change that."
    ) % {"person": assignee.email}


def _view(query: QueryDict) -> View:
    show = query.get("show", "")
    return View(show if show in SHOWN else "", query.get("whose") == "mine")


def _tabs(org: Organization, view: View) -> list[Tab]:
    return [
        Tab(
            label,
            View(show, view.is_mine).url(org),
            is_current=show == view.show,
            count=None if show or view.is_mine else labels.at_most(new_count(org), COUNTED),
        )
        for show, (label, _state) in SHOWN.items()
    ]
