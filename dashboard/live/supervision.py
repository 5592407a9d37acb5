"""Supervision of a live call: sentences for the agent, notes for its model, taking over."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts.members.access import member_required
from accounts.members.trust import HOW_TO_PROVE
from accounts.permissions import SUPERVISE
from dashboard.calls.index import call_or_404
from dashboard.calls.page import render_call
from dashboard.live import order_forms
from dashboard.live.live_calls import NOT_WITH_AGENT
from dashboard.live.order_forms import OrderForm
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
    Sent.ENDING: _("The agent is saying goodbye: this call is ending."),
    Sent.UNDER_WAY: _("The caller is already being put through."),
    Sent.IMPOSSIBLE: _("This call can’t be put through."),
    Sent.NOT_SENT: _("Can’t reach the server that handles this call. Try again in a moment."),
}


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def say(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Make the agent say the text of the field `say` next."""
    return _carry_out(request, call_sid, order_forms.SAY, SAID, orders.say)


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def note(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Give the text of the field `note` to the agent's model."""
    return _carry_out(request, call_sid, order_forms.NOTE, NOTED, orders.note)


@require_http_methods(["GET", "POST"])
@member_required(SUPERVISE)
def take_over(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Transfer the caller to the member at the `number` of the form."""
    return _carry_out(request, call_sid, order_forms.TAKE_OVER, TAKEN, orders.take_over)


def _carry_out(
    request: MemberRequest,
    call_sid: str,
    form: OrderForm,
    done: str | Promise,
    order: Callable[..., Sent],
) -> HttpResponse:
    """Run the action and show its result: on the page, or in the field, which a script replaces.

    The other fields are not in the script's answer: the member may be writing in one of them. The
    page shows their text again.
    """
    call = call_or_404(request, call_sid)
    if request.method == "GET":
        return redirect("dashboard:call", request.org.public_id, call_sid)
    typed = order_forms.typed_in(request.POST, form)
    sent = order(call, typed, actor=request.user)
    is_part = bool(request.headers.get("HX-Request"))
    if sent is not Sent.SENT:
        refused = replace(form, typed=typed, problem=_problem(sent, call))
        if not is_part:
            return render_call(request, call, refused=refused)
        shown = order_forms.part(call, refused)
        return render_page(request, "_supervise_form.html", shown, status=422)
    if is_part:
        shown = order_forms.part(call, order_forms.fresh(request, form))
        answer = render_page(request, "_supervise_form.html", shown)
        return trigger_client_event(answer, "voicex:toast", {"text": str(done)})
    messages.success(request, str(done))
    order_forms.keep_others(request, call, form)
    return redirect("dashboard:call", request.org.public_id, call_sid)


def _problem(sent: Sent, call: Call) -> str | Promise:
    is_over = sent is Sent.OVER and call.ended_at is None
    return NOT_WITH_AGENT if is_over else PROBLEMS[sent]
