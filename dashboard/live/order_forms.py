"""The forms of a supervisor in a live call: something to say, a note for the model, a number."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import SUPERVISE
from dashboard.pages import MemberRequest
from telephony.calls.supervision import orders
from telephony.session.supervision.words import LONGEST
from usage.models import Call


@dataclass(frozen=True, slots=True)
class OrderForm:
    """A form with one field. route: of the view that takes it.

    typed: what is in the field; problem: why that was refused, "" if it was not.
    """

    route: str
    name: Literal["text", "number"]  # of the field
    field_id: str
    label: str | Promise
    hint: str | Promise
    button: str | Promise
    typed: str = ""
    problem: str | Promise = ""


SAY: Final = OrderForm(
    "dashboard:say_in_call",
    "text",
    "say-text",
    _("Say to the caller"),
    _("The agent says exactly this, as soon as nobody else is speaking."),
    _("Say it"),
)
NOTE: Final = OrderForm(
    "dashboard:tell_agent",
    "text",
    "tell-text",
    _("Whisper to the agent"),
    _("The caller doesn’t hear it. The agent considers it in its next answers."),
    _("Send note"),
)
TAKE_OVER: Final = OrderForm(
    "dashboard:take_over_call",
    "number",
    "own-number",
    _("Take over on your phone"),
    _("Your number, with + and country code. The caller is put through to you."),
    _("Take over"),
)


def fresh(request: MemberRequest, form: OrderForm) -> OrderForm:
    """The form as it is before anything is typed: with the number of the last time, if any."""
    is_number = form.name == "number"
    return replace(form, typed=orders.own_number(request.org, request.user) if is_number else "")


def part(call: Call, form: OrderForm) -> dict[str, Any]:
    """The context of the template of one form."""
    return {"call": call, "form": form, "longest_order": LONGEST}


def context_for(
    request: MemberRequest, call: Call, refused: OrderForm | None = None
) -> dict[str, Any]:
    """The context of the supervisor's part of the page. refused: the form that was."""
    is_live = call.state == Call.State.LIVE and request.membership.is_at_least(SUPERVISE)
    # What was typed is shown even if the call has ended meanwhile.
    if not is_live and refused is None:
        return {"is_supervised": False}

    def shown(form: OrderForm) -> OrderForm:
        is_refused = refused is not None and refused.route == form.route
        return refused if refused and is_refused else fresh(request, form)

    return {
        "is_supervised": True,
        "texts": [shown(SAY), shown(NOTE)],
        "takeover": None if call.is_test else shown(TAKE_OVER),
        "longest_order": LONGEST,
    }
