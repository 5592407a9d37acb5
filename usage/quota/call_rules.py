"""What an organization decides about its calls: budgets, and what callers hear when all lines are
in use."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.trust import HOW_TO_PROVE
from accounts.models import Organization, User
from agents.budget import MICROS_PER_CENT
from agents.transfers.targets import number_in
from usage.models import CallRules
from usage.quota.budgets import record_shares_of

WhenBusy = CallRules.WhenBusy


def rules_of(org: Organization) -> CallRules:
    """The rules of `org`; without a row those that hold then, not stored."""
    return CallRules.objects.filter(org=org).first() or CallRules(org=org)


@transaction.atomic
def change_rules(
    org: Organization,
    *,
    daily_micros: int | None,
    monthly_micros: int | None,
    when_busy: str,
    busy_sentence: str,
    busy_number: str,
    longest_wait_minutes: int | None = None,
    actor: User,
) -> CallRules:
    """Store the rules of `org`, and who changed them. Raises ValidationError by field.

    longest_wait_minutes: of callers in line; None for the one that is stored.
    """
    if when_busy == WhenBusy.SENTENCE and not _speakable(busy_sentence):
        raise ValidationError({"busy_sentence": _("Enter the sentence callers will hear.")})
    if when_busy == WhenBusy.NUMBER and not org.is_proven:
        raise ValidationError({"busy_number": str(HOW_TO_PROVE)})
    number = number_in(busy_number)
    if not number and (when_busy == WhenBusy.NUMBER or busy_number.strip()):
        problem = _("Enter the number with + and country code, such as +14155550100.")
        raise ValidationError({"busy_number": problem})
    rules = CallRules(
        org=org,
        daily_micros=daily_micros,
        monthly_micros=monthly_micros,
        when_busy=when_busy,
        busy_sentence=_speakable(busy_sentence),
        busy_number=number,
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
    stored, _is_new = CallRules.objects.update_or_create(org=org, defaults=values)
    record(org, actor=actor, action="call_rules.changed", target=in_words(stored))
    record_shares_of(org, stored.caps, now=timezone.now())
    return stored


def _speakable(text: str) -> str:
    """Without line breaks and control characters, which XML cannot hold."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def in_words(rules: CallRules) -> str:
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
    return ", ".join([*(said or ["no budget"]), f"when busy: {rules.when_busy} {about}".strip()])
