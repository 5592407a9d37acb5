"""Live calls: who talks to which agent, and ending a call.

Listening uses a separate socket, `dashboard.live.consumer.ListenConsumer`.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import Organization
from accounts.permissions import HANG_UP, READ
from dashboard.calls.index import call_or_404
from dashboard.pages import MemberRequest, render_page
from telephony.calls import hanging_up
from telephony.calls.hanging_up import HangUp
from usage.models import Call, Transfer, Turn
from usage.quota.quotas import with_slot
from usage.waiting.order import MOST_WAITING, waiting_in

SHOWN: Final = 100

CONNECTING: Final = gettext_lazy("connecting")
LISTENING: Final = gettext_lazy("listening")
THINKING: Final = gettext_lazy("thinking")
SPEAKING: Final = gettext_lazy("speaking")
# Of a caller who is being put through, or has been: their call has not ended.
NOT_WITH_AGENT: Final = gettext_lazy(
    "This call isn’t with an agent right now, so nothing was done."
)
STAYS: Final = gettext_lazy(
    "The caller is being put through, or talks to a person, and stays connected, as no auth token "
    "of that Twilio account is stored. End the call in Twilio’s Console."
)


@dataclass(frozen=True, slots=True)
class LiveCallRow:
    """A call with a slot. doing: the agent's activity in one word; last: what was said last."""

    call: Call
    doing: str | Promise
    last: Turn | None


@require_safe
@member_required(READ)
def live_calls(request: MemberRequest, org_id: str) -> HttpResponse:
    """The live calls; the page updates itself."""
    return render_page(request, "live_calls.html", _context(request.org))


@require_safe
@member_required(READ)
def live_calls_part(request: MemberRequest, org_id: str) -> HttpResponse:
    """The part of the page that `static/live.js` fetches again."""
    return render_page(request, "_live_calls.html", _context(request.org))


@member_required(HANG_UP)
def hang_up(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Ask, then end the call; the process that runs it does so at once."""
    call = call_or_404(request, call_sid)
    page = reverse("dashboard:call", args=[org_id, call_sid])
    is_with_person = call.state == Call.State.TRANSFERRING
    if is_with_person and not hanging_up.can_be_ended(call):
        messages.warning(request, STAYS)
        return redirect(page)
    if call.state != Call.State.LIVE and not is_with_person:
        is_over = call.ended_at is not None
        messages.info(request, _("This call has already ended.") if is_over else NOT_WITH_AGENT)
        return redirect(page)
    if request.method == "POST":
        _hang_up(request, call)
        return redirect(page)
    context = {
        "question": _("Hang up this call?"),
        "consequence": _(
            "The caller is being put through, or talks to a person. Twilio is asked to end the "
            "call for both."
        )
        if is_with_person
        else _("The call ends immediately, even in the middle of a sentence."),
        "action": _("Hang up"),
        "is_dangerous": True,
        "back": page,
    }
    return render_page(request, "confirm.html", context)


def doing(call: Call, last: Turn | None, *, has_run_tool: bool = False) -> str | Promise:
    """The activity of a live call's agent, according to the stored turns.

    last: what was said last; has_run_tool: whether a tool was called after that.
    """
    if call.state in (Call.State.OPENED, Call.State.RETURNING):
        return CONNECTING
    if last is None or last.role != Turn.Role.AGENT or has_run_tool:
        return THINKING
    is_heard = last.interrupted or last.heard_text.strip() == last.text.strip()
    return LISTENING if is_heard else SPEAKING


def _hang_up(request: MemberRequest, call: Call) -> None:
    match hanging_up.hang_up(call, actor=request.user, now=timezone.now()):
        case HangUp.OVER:
            messages.info(request, _("This call has already ended."))
        case HangUp.ASKED:
            messages.success(request, _("Twilio is being asked to end the call."))
        case HangUp.STAYS:
            messages.warning(request, STAYS)
        case HangUp.ORDERED:
            messages.success(request, _("Hanging up …"))
        case HangUp.NOT_ORDERED:
            messages.warning(
                request,
                _(
                    "Can’t reach the server that handles this call. The call will end within "
                    "seconds."
                ),
            )


def _with_person(org: Organization) -> list[Call]:
    """The latest calls whose callers are being put through, or are with a person: with no agent,
    and in no slot. At most one more than SHOWN, each with `target`, who that is, and
    `put_through_at`.
    """
    newest = Transfer.objects.filter(org=org, call=OuterRef("pk")).order_by("-number")
    calls = Call.objects.filter(org=org, ended_at=None, state=Call.State.TRANSFERRING)
    return list(
        calls.select_related("agent", "version")
        .annotate(
            target=Subquery(newest.values("target")[:1]),
            put_through_at=Subquery(newest.values("began_at")[:1]),
        )
        .order_by("-opened_at", "-pk")[: SHOWN + 1]
    )


def _context(org: Organization) -> dict[str, Any]:
    of_org = Turn.objects.filter(org=org)
    newest = of_org.filter(call=OuterRef("pk")).order_by("-number")
    # A tool's turn is its name and arguments: nobody says that.
    said = newest.exclude(role=Turn.Role.TOOL)
    now = timezone.now()
    calls = list(
        Call.objects.filter(with_slot(now), org=org)
        .select_related("agent", "version")
        .annotate(
            newest_role=Subquery(newest.values("role")[:1]),
            last_said=Subquery(said.values("pk")[:1]),
        )
        .order_by("-opened_at", "-pk")[: SHOWN + 1]
    )
    turns = of_org.in_bulk([call.last_said for call in calls if call.last_said])
    with_person = _with_person(org)
    lines = []
    for call in calls[:SHOWN]:
        last = turns.get(call.last_said)
        has_run_tool = call.newest_role == Turn.Role.TOOL
        lines.append(LiveCallRow(call, doing(call, last, has_run_tool=has_run_tool), last))
    return {
        "lines": lines,
        "shown": SHOWN,
        "has_more": len(calls) > SHOWN,
        "with_person": with_person[:SHOWN],
        "more_with_person": len(with_person) > SHOWN,
        "waiting": list(waiting_in(org, now=now)[:MOST_WAITING]),
    }
