"""The sender and the recipients of invoices, set by the operator and by organizations' admins."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import platform_log
from accounts.members.access import record
from accounts.models import Organization, User
from usage.models import BillingAddress, BillingHouse

MOST_LINES = 8  # of an address
MOST_TAX = 10_000  # hundredths of a percent


def house() -> BillingHouse | None:
    """Who sends invoices; None while nobody does."""
    return BillingHouse.objects.filter(pk=BillingHouse.ONLY).first()


@transaction.atomic
def save_house(
    *,
    name: str,
    address: str,
    tax_number: str,
    tax_name: str,
    tax_hundredths: int,
    note: str,
    prefix: str,
    first_month: date,
    is_automatic: bool,
    actor: User,
) -> BillingHouse:
    """Store who sends invoices; those that were issued stay as they are.

    Raises ValidationError by field.
    """
    if bool(tax_name.strip()) != bool(tax_hundredths):
        raise ValidationError(
            {"tax_name": _("Enter both the tax’s name and its rate, or neither.")}
        )
    if tax_hundredths > MOST_TAX:
        raise ValidationError({"tax_percent": _("Enter a rate up to 100%.")})
    # Under the lock, so that no number is lost that is given at the moment.
    known = BillingHouse.objects.select_for_update().filter(pk=BillingHouse.ONLY).first()
    stored = known or BillingHouse(pk=BillingHouse.ONLY)
    stored.name, stored.address = _one_line(name), lines_of(address)
    stored.tax_number, stored.tax_name = _one_line(tax_number), _one_line(tax_name)
    stored.tax_hundredths, stored.note = tax_hundredths, _one_line(note)
    stored.prefix, stored.first_month = _one_line(prefix), first_month.replace(day=1)
    stored.is_automatic = is_automatic
    stored.full_clean(validate_unique=False)
    stored.save()
    words = f"{stored.name}, {stored.tax_name or 'no tax'} {tax_hundredths / 100:.2f}%"
    platform_log.record(stored, actor=actor, action="changed" if known else "made", words=words)
    return stored


def address_of(org: Organization) -> BillingAddress:
    """To whom the invoices of `org` are written; without a row an empty one, not stored."""
    return BillingAddress.objects.filter(org=org).first() or BillingAddress(org=org)


@transaction.atomic
def change_address(
    org: Organization, *, address: str, tax_number: str, actor: User
) -> BillingAddress:
    """Store the address for the invoices of `org`, and who changed it. Raises ValidationError.

    Without one they are written to its name alone.
    """
    values = {"address": lines_of(address), "tax_number": _one_line(tax_number)}
    unchecked = ["org"] if values["address"] else ["org", "address"]
    BillingAddress(org=org, **values).full_clean(exclude=unchecked, validate_unique=False)
    stored, _is_new = BillingAddress.objects.update_or_create(org=org, defaults=values)
    first_line = values["address"].split("\n")[0] or "no address"
    record(org, actor=actor, action="billing.changed", target=first_line)
    return stored


def lines_of(address: str) -> str:
    """An address as it is printed: without empty lines and without what nobody sees.

    Raises ValidationError for one that is too long for a letter.
    """
    lines = [line for each in address.splitlines() if (line := _one_line(each))]
    if len(lines) > MOST_LINES:
        raise ValidationError(
            {"address": _("Enter up to %(lines)s lines.") % {"lines": MOST_LINES}}
        )
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return "".join(each for each in " ".join(text.split()) if each.isprintable())
