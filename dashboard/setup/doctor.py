"""The setup doctor's page, its slow checks, and Twilio's error codes with explanations."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.members.asking import ServersBusy, place_to_ask
from accounts.members.trust import may_check_setup
from accounts.permissions import READ
from dashboard.pages import MemberRequest, render_page
from dashboard.setup.doctor_labels import Check, checks_of
from telephony.carriers.accounts import account_of
from telephony.doctor.checks import examine, examine_slow
from telephony.doctor.facts import facts_of, slow_facts_of
from telephony.doctor.real_calls import ATTEMPTS_READ
from telephony.twilio.carrier import TWILIO
from telephony.twilio.error_codes import find_codes
from usage.reads import calls


@require_safe
@never_cache
@member_required(READ)
def doctor(request: MemberRequest, org_id: str) -> HttpResponse:
    """The quick checks; the page fetches the slow ones later, or has them at once with `?all=1`."""
    findings = examine(facts_of(request.org, now=timezone.now()))
    context: dict[str, object] = {
        "checks": checks_of(findings),
        "attempts": calls.attempts_of(request.org, limit=ATTEMPTS_READ),
        "is_all": "all" in request.GET,
    }
    if "all" in request.GET:
        context["slow_checks"] = _slow_checks(request)
    return render_page(request, "doctor.html", context)


@require_safe
@never_cache
@member_required(READ)
def doctor_slow(request: MemberRequest, org_id: str) -> HttpResponse:
    """The checks that call other servers, as a part of the page that is loaded later."""
    return render_page(request, "_doctor_slow.html", {"slow_checks": _slow_checks(request)})


@require_safe
@member_required(READ)
def error_codes(request: MemberRequest, org_id: str) -> HttpResponse:
    """Twilio's error codes; `?q=` is a code, the beginning of one, or a word."""
    wanted = request.GET.get("q", "")[:80]
    return render_page(request, "error_codes.html", {"wanted": wanted, "codes": find_codes(wanted)})


def _slow_checks(request: MemberRequest) -> list[Check] | None:
    """The slow checks; None if they were requested too often, or too many run at once."""
    if not may_check_setup(request.org, by="doctor"):
        return None
    try:
        with place_to_ask(request.org):
            facts = slow_facts_of(request.org, account=account_of(request.org, carrier=TWILIO))
    except ServersBusy:
        return None
    return checks_of(examine_slow(facts))
