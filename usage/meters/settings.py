"""The settings of Stripe reports."""

from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

STRIPE: Final = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class Account:
    """The operator's account at Stripe. event: the name of the meter's events."""

    event: str
    key: str = field(repr=False)
    url: str


def account() -> Account | None:
    """The account that usage is reported to; None where this is not switched on."""
    if not (settings.STRIPE_SECRET_KEY and settings.STRIPE_METER_EVENT):
        return None
    url = (settings.STRIPE_API_URL or STRIPE).rstrip("/")
    return Account(settings.STRIPE_METER_EVENT, settings.STRIPE_SECRET_KEY, url)
