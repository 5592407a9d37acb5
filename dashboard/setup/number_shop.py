"""Buys and releases phone numbers in the organization's own Twilio account."""

import re
from typing import Final

import structlog
from babel import Locale
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from phonenumbers import SUPPORTED_REGIONS

from accounts.members.access import member_required
from accounts.permissions import MANAGE_ORGANIZATION
from dashboard.agents.index import agent_or_404
from dashboard.navigation import back_to
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from dashboard.setup.asking_twilio import asking_twilio
from dashboard.setup.numbers import why_silent
from telephony.carriers.accounts import account_of
from telephony.carriers.numbers import Account, NumberKind, Wanted
from telephony.twilio import numbers as service
from telephony.twilio.carrier import TWILIO
from voicex.errors import CarrierProblem

log = structlog.get_logger(__name__)

KINDS: Final = (
    (NumberKind.LOCAL, gettext_lazy("Local")),
    (NumberKind.MOBILE, gettext_lazy("Mobile")),
    (NumberKind.TOLL_FREE, gettext_lazy("Toll-free")),
)
NUMBER: Final = re.compile(r"\+[1-9][0-9]{5,14}")
FIRST_COUNTRY: Final = "US"


class SearchForm(forms.Form):
    """The form of the number search."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=lambda: countries())
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=KINDS)
    digits = forms.RegexField(
        r"\A[0-9]{2,10}\Z",
        label=gettext_lazy("Digits (optional)"),
        required=False,
        max_length=10,
        help_text=gettext_lazy(
            "2 to 10 digits that the number should have, such as its area code."
        ),
        error_messages={"invalid": gettext_lazy("Enter 2 to 10 digits, without blanks.")},
    )

    def wanted(self) -> Wanted:
        """The search of a valid form."""
        given = self.cleaned_data
        return Wanted(given["country"], NumberKind(given["kind"]), given["digits"])


def countries() -> list[tuple[str, str]]:
    """Countries with telephone numbers, with their names in the language of the page."""
    names = Locale.parse(get_language() or "en", sep="-").territories
    return sorted(
        ((code, names.get(code, code)) for code in SUPPORTED_REGIONS), key=lambda each: each[1]
    )


@require_safe
@never_cache
@member_required(MANAGE_ORGANIZATION)
def find_numbers(request: MemberRequest, org_id: str) -> HttpResponse:
    """Numbers that can be bought: `?country=`, `?kind=`, `?digits=`; without them the form."""
    account = account_of(request.org, carrier=TWILIO)
    if account is None or _is_of_a_region(request, account):
        return redirect("dashboard:numbers", org_id)
    form = SearchForm(request.GET or None, initial={"country": FIRST_COUNTRY})
    context: dict[str, object] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            with asking_twilio(request.org):
                context["offers"] = TWILIO.numbers.find_numbers(account, wanted=form.wanted())
        except CarrierProblem as problem:
            context["problem"] = _(problem.reason.label)
    context["agents"] = [each for each in request.org.agents.all() if not why_silent(each)]
    return render_page(request, "find_numbers.html", context)


@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def buy_number(request: MemberRequest, org_id: str) -> HttpResponse:
    """Ask whether to buy `?number=`, connected to the agent `?agent=`; POST does so.

    If it is not bought, redirects to the search that it was found by.
    """
    account = account_of(request.org, carrier=TWILIO)
    number = request.GET.get("number", "")
    search = back_to(request, reverse("dashboard:find_numbers", args=[org_id]))
    if account is None or not NUMBER.fullmatch(number) or _is_of_a_region(request, account):
        return redirect("dashboard:numbers", org_id)
    agent = agent_or_404(request, request.GET.get("agent", ""))
    if silent := why_silent(agent):
        messages.error(request, silent)
        return redirect(search)
    if request.method != "POST":
        context = {
            "question": _("Buy %(number)s for %(agent)s?") % {"number": number, "agent": agent},
            "consequence": _(
                "Numbers are bought in your own Twilio account, at Twilio’s price, and charged by "
                "Twilio every month."
            ),
            "action": _("Buy"),
            "back": search,
        }
        return render_page(request, "confirm.html", context)
    try:
        with asking_twilio(request.org):
            bought = service.buy_number(
                request.org, account=account, number=number, agent=agent, actor=request.user
            )
    except CarrierProblem as problem:
        log.warning("number_not_bought", org=org_id, reason=problem.reason)
        messages.error(request, _(problem.reason.label))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(
            request,
            _("%(number)s is yours, and connected to %(agent)s. Call it to try it.")
            % {"number": bought.number, "agent": agent},
        )
        return redirect("dashboard:numbers", org_id)
    return redirect(search)


def _is_of_a_region(request: MemberRequest, account: Account) -> bool:
    """Whether numbers are bought elsewhere, which is said then: Twilio processes the calls of a new
    number in the United States, whatever region its buyer is in.
    """
    if account.region:
        said = _(
            "Buy numbers for Twilio’s region %(region)s in the Twilio Console, and choose there "
            "that their calls are processed in it. Then connect them here."
        )
        messages.info(request, said % {"region": account.region.upper()})
    return bool(account.region)


@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def release_number(request: MemberRequest, org_id: str) -> HttpResponse:
    """Ask whether to release the number `?number=`; POST does so."""
    account = account_of(request.org, carrier=TWILIO)
    number_id = request.GET.get("number", "")
    page = back_to(request, reverse("dashboard:numbers", args=[org_id]))
    if account is None or not number_id.isalnum() or len(number_id) > 64:
        return redirect(page)
    try:
        with asking_twilio(request.org):
            return _release(request, page, account, number_id)
    except CarrierProblem as problem:
        log.warning("number_not_released", org=org_id, reason=problem.reason)
        messages.error(request, _(problem.reason.label))
    return redirect(page)


def _release(request: MemberRequest, page: str, account: Account, number_id: str) -> HttpResponse:
    number = TWILIO.numbers.number(account, number_id=number_id)
    if request.method == "POST":
        service.release_number(request.org, account=account, number=number, actor=request.user)
        messages.success(
            request, _("%(number)s was given back to Twilio.") % {"number": number.number}
        )
        return redirect(page)
    context = {
        "question": _("Give %(number)s back to Twilio?") % {"number": number.number},
        "consequence": _(
            "Callers can no longer reach you on it, and someone else may buy it. Twilio stops "
            "charging you for it."
        ),
        "action": _("Give back"),
        "is_dangerous": True,
        "back": page,
    }
    return render_page(request, "confirm.html", context)
