"""The fields of a supervisor in a live call: something to say, a note for the model, a number.

They are one form: without a script, the press of one button sends the text of the other fields too,
and the page shows it again. Across a redirect it is kept in the session, for the next visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import SUPERVISE
from dashboard.pages import MemberRequest
from telephony.calls.supervision import orders
from telephony.session.supervision.words import LONGEST
from usage.models import Call

# Session entry: the call, and the text of the fields whose button was not pressed.
KEPT: Final = "dashboard_orders_typed"
MOST_KEPT: Final = 4 * LONGEST  # characters of a field


@dataclass(frozen=True, slots=True)
class OrderForm:
    """A field with its button. route: of the view that takes it.

    typed: what is in the field; problem: why that was refused, "" if it was not.
    """

    route: str
    name: Literal["say", "note", "number"]  # of the field
    field_id: str
    label: str | Promise
    hint: str | Promise
    button: str | Promise
    typed: str = ""
    problem: str | Promise = ""


SAY: Final = OrderForm(
    "dashboard:say_in_call",
    "say",
    "say-text",
    _("Say to the caller"),
    _("The agent says exactly this, as soon as nobody else is speaking."),
    _("Say it"),
)
NOTE: Final = OrderForm(
    "dashboard:tell_agent",
    "note",
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
ALL: Final = (SAY, NOTE, TAKE_OVER)


def fresh(request: MemberRequest, form: OrderForm) -> OrderForm:
    """The form as it is before anything is typed: with the number of the last time, if any."""
    is_number = form.name == "number"
    return replace(form, typed=orders.own_number(request.org, request.user) if is_number else "")


def typed_in(posted: QueryDict, form: OrderForm) -> str:
    """The text of the field of `form`; a page from before an update calls it "text"."""
    return posted.get(form.name, posted.get("text", ""))


def keep_others(request: MemberRequest, call: Call, form: OrderForm) -> None:
    """Keep the text of the other fields for the next visit of the call's page."""
    found = {
        each.name: text[:MOST_KEPT]
        for each in ALL
        if each != form and (text := request.POST.get(each.name, ""))
        # Nothing was typed where the number of the last time stands.
        if text != fresh(request, each).typed
    }
    if found:
        request.session[KEPT] = {"call": call.pk, "typed": found}


def part(call: Call, form: OrderForm) -> dict[str, Any]:
    """The context of the template of one form."""
    return {"call": call, "form": form, "longest_order": LONGEST}


def context_for(
    request: MemberRequest, call: Call, refused: OrderForm | None = None
) -> dict[str, Any]:
    """The context of the supervisor's part of the page. refused: the form that was."""
    is_live = call.state == Call.State.LIVE and request.membership.is_at_least(SUPERVISE)
    typed: Mapping[str, str] = request.POST.dict() if refused else _kept(request, call)
    # What was typed is shown even if the call has ended meanwhile.
    if not is_live and refused is None and not typed:
        return {"is_supervised": False}

    def shown(form: OrderForm) -> OrderForm:
        if refused is not None and refused.route == form.route:
            return refused
        empty = fresh(request, form)
        return replace(empty, typed=typed.get(form.name, empty.typed))

    return {
        "is_supervised": True,
        "texts": [shown(SAY), shown(NOTE)],
        "takeover": None if call.is_test else shown(TAKE_OVER),
        "longest_order": LONGEST,
    }


def _kept(request: MemberRequest, call: Call) -> Mapping[str, str]:
    """What `keep_others` kept of this call, once."""
    kept = request.session.get(KEPT)
    if kept is None or kept["call"] != call.pk:
        return {}
    del request.session[KEPT]
    typed: Mapping[str, str] = kept["typed"]
    return typed
