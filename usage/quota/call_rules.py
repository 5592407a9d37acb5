"""What an organization decides about its calls: budgets, and what callers hear when all lines are
in use."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members import owner_mails
from accounts.members.access import record
from accounts.members.recent_login import ensure_recent_login
from accounts.members.trust import HOW_TO_PROVE
from accounts.models import Organization, User
from agents.budget import MICROS_PER_CENT
from agents.transfers.targets import number_in
from usage.models import CallRules
from usage.quota.budgets import record_shares_of
from usage.records.caller_numbers import is_dialable

WhenBusy = CallRules.WhenBusy

_HOW_TO_WRITE: Final = gettext_lazy(
    "Enter the number with + and country code, such as +14155550100."
)


def rules_of(org: Organization) -> CallRules:
    """The rules of `org`; without a row those that hold then, not stored."""
    # The database's own default is none that can be read before the row is stored.
    return CallRules.objects.filter(org=org).first() or CallRules(org=org, shown_number="")


def number_to_show(
    caller: str,
    called: str,
    *,
    address: str,
    rules: Callable[[], CallRules],
    is_of_app: bool = False,
) -> str:
    """What a person sees who is dialled at `address`; "" for the carrier's own choice.

    The caller's number; without one the number that was called, and else the organization's. For
    callers in an app (is_of_app: by their number there) a carrier wants one of the organization's
    own, and what an app has called may be any. Where an address is dialled none is needed: it then
    sees that of the caller.
    """
    is_app = is_of_app or caller.startswith("client:")
    if is_dialable(caller) and not is_app:
        return caller
    if not is_app and (is_dialable(called) or not is_dialable(address)):
        return called if is_dialable(called) else ""
    return rules().shown_number or (called if is_dialable(called) else "")


@transaction.atomic
def change_rules(
    org: Organization,
    *,
    daily_micros: int | None,
    monthly_micros: int | None,
    when_busy: str,
    busy_sentence: str,
    busy_number: str,
    shown_number: str,
    longest_wait_minutes: int | None = None,
    actor: User,
    now: datetime,
) -> CallRules:
    """Store the rules of `org`, and who changed them. Raises ValidationError by field.

    Another number to forward callers to needs a recent log-in (ReauthenticationRequired), and the
    owners are told of it. longest_wait_minutes: of callers in line; None for the stored one.
    """
    if when_busy == WhenBusy.SENTENCE and not _speakable(busy_sentence):
        raise ValidationError({"busy_sentence": _("Enter the sentence callers will hear.")})
    if when_busy == WhenBusy.NUMBER and not org.is_proven:
        raise ValidationError({"busy_number": str(HOW_TO_PROVE)})
    number, shown = number_in(busy_number), number_in(shown_number)
    if not number and (when_busy == WhenBusy.NUMBER or busy_number.strip()):
        raise ValidationError({"busy_number": _HOW_TO_WRITE})
    if not is_dialable(shown) and shown_number.strip():
        raise ValidationError({"shown_number": _HOW_TO_WRITE})
    rules = CallRules(
        org=org,
        daily_micros=daily_micros,
        monthly_micros=monthly_micros,
        when_busy=when_busy,
        busy_sentence=_speakable(busy_sentence),
        busy_number=number,
        shown_number=shown,
    )
    if longest_wait_minutes is None:
        longest_wait_minutes = rules_of(org).longest_wait_minutes
    rules.longest_wait_minutes = longest_wait_minutes
    rules.full_clean(exclude=["org"], validate_unique=False)
    values = {
        field.name: getattr(rules, field.name)
        for field in CallRules._meta.concrete_fields
        if field.name not in ("id", "org")
    }
    before = CallRules.objects.filter(org=org).values(*values).first()
    if before == values:
        return rules_of(org)
    is_new_number = bool(number) and number != (before or {}).get("busy_number", "")
    if is_new_number:
        ensure_recent_login()
    stored, _is_new = CallRules.objects.update_or_create(org=org, defaults=values)
    record(org, actor=actor, action="call_rules.changed", target=rules_text(stored))
    if is_new_number:
        said = _("While all lines are busy, callers can be forwarded to %(number)s")
        owner_mails.tell_of_destinations(org, [said % {"number": number}], actor=actor)
    record_shares_of(org, stored.caps, now=now)
    return stored


def _speakable(text: str) -> str:
    """Without line breaks and control characters, which XML cannot hold."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def rules_text(rules: CallRules) -> str:
    """Rules as the audit log has them: "25.00 USD a day, when busy: number +14155550100"."""
    said = [
        f"{micros // MICROS_PER_CENT / 100:.2f} USD a {period}"
        for micros, period in ((rules.daily_micros, "day"), (rules.monthly_micros, "month"))
        if micros is not None
    ]
    about = {
        WhenBusy.NUMBER: rules.busy_number,
        WhenBusy.QUEUE: f"of {rules.longest_wait_minutes} minutes at most",
    }.get(WhenBusy(rules.when_busy), "")
    shown = [f"shows {rules.shown_number}"] if rules.shown_number else []
    busy = f"when busy: {rules.when_busy} {about}".strip()
    return ", ".join([*(said or ["no budget"]), busy, *shown])
