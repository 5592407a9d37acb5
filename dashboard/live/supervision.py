"""Supervision of a live call: sentences for the agent, notes for its model, taking over."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.members.access import member_required
from accounts.members.trust import HOW_TO_PROVE
from accounts.permissions import SUPERVISE
from dashboard.calls.index import call_or_404
from dashboard.pages import MemberRequest, render_page
from telephony.calls.supervision import orders
from telephony.calls.supervision.orders import Sent
from telephony.session.supervision.words import LONGEST
from usage.models import Call

SAID: Final = _("The agent says it as soon as nobody else is speaking.")
NOTED: Final = _("The agent takes it into account from its next answer on.")
TAKEN: Final = _(
    "The caller is told, then your phone rings. If you don’t answer, the agent continues."
)
# What is said of an order that was not sent.
PROBLEMS: Final[Mapping[Sent, str | Promise]] = {
    Sent.OVER: _("This call has already ended."),
    Sent.EMPTY: _("Enter a text first."),
    Sent.TOO_LONG: format_lazy(
        _("That is longer than {limit} characters. Shorten it, or send it in parts."), limit=LONGEST
    ),
    Sent.NO_NUMBER: _("Enter your number with + and country code, such as +14155550100."),
    Sent.NO_LINE: _("A test in the browser can’t be taken over by phone."),
    Sent.UNPROVEN: HOW_TO_PROVE,
    Sent.TOO_OFTEN: _("This caller has already been put through too many times."),
    Sent.TOO_MANY: _("That was a lot at once. Wait a minute and try again."),
    Sent.NOT_SENT: _("Can’t reach the server that handles this call. Try again in a moment."),
}
LEVELS: Final = {True: messages.SUCCESS, False: messages.WARNING}


def context_for(request: MemberRequest, call: Call) -> dict[str, Any]:
    """The context of the supervisor's part of the page."""
    is_shown = call.state == Call.State.LIVE and request.membership.is_at_least(SUPERVISE)
    return {
        "is_supervised": is_shown,
        "own_number": orders.own_number(request.org, request.user) if is_shown else "",
        "longest_order": LONGEST,
    }


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def say(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Make the agent say the `text` of the form next."""
    text = request.POST.get("text", "")
    return _carry_out(request, call_sid, SAID, lambda c: orders.say(c, text, actor=request.user))


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def note(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Give the `text` of the form to the agent's model."""
    text = request.POST.get("text", "")
    return _carry_out(request, call_sid, NOTED, lambda c: orders.note(c, text, actor=request.user))


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def take_over(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Transfer the caller to the member at the `number` of the form."""
    number = request.POST.get("number", "")
    return _carry_out(
        request, call_sid, TAKEN, lambda c: orders.take_over(c, number, actor=request.user)
    )


def _carry_out(
    request: MemberRequest, call_sid: str, done: str | Promise, order: Callable[[Call], Sent]
) -> HttpResponse:
    """Run the action and show its result on the page, or in the part that a script replaces."""
    call = call_or_404(request, call_sid)
    if request.method == "GET":
        return redirect("dashboard:call", request.org.public_id, call_sid)
    sent = order(call)
    is_sent = sent is Sent.SENT
    told = done if is_sent else PROBLEMS[sent]
    if request.headers.get("HX-Request"):
        kind = "success" if is_sent else "warning"
        context = context_for(request, call) | {"call": call, "told": told, "told_kind": kind}
        if not is_sent:  # what was typed is kept
            what = request.resolver_match.url_name if request.resolver_match else ""
            context[f"{what}_text"] = request.POST.get("text", "")
            context["own_number"] = request.POST.get("number", "") or context["own_number"]
        return render_page(request, "_supervise.html", context)
    messages.add_message(request, LEVELS[is_sent], str(told))
    return redirect("dashboard:call", request.org.public_id, call_sid)
