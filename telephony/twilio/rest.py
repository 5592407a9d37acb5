"""Twilio's REST API for an organization's own account: numbers and their webhooks.

Each function blocks for at most `rest_client.SECONDS`, without retries; none is used while an agent
speaks to a caller.
Twilio's answers are only shown to members.
"""

import re
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import phonenumbers

from telephony.carriers.numbers import (
    Account,
    AccountState,
    Number,
    NumberKind,
    NumberPage,
    Offer,
    PageCursor,
    Wanted,
)
from usage.billing.carrier_bills import CarrierFacts
from voicex.database.storable import storable_text
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason

if TYPE_CHECKING:
    from twilio.rest import Client

    from telephony.twilio.rest_client import HttpClient

# Those with telephony, the likeliest first.
REGIONS: Final = ("", "ie1", "au1")
NUMBERS_A_PAGE: Final = 20
OFFERS: Final = 20
AREA_CODE_DIGITS: Final = 3
LONGEST_TEXT: Final = 2_000  # of a field: URLs may be long
_SID: Final = re.compile(r"[A-Za-z0-9]{1,64}")  # without one, a number cannot be asked about
_PRICE: Final = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,9})?")


def check_account(account: Account) -> AccountState:
    """Whether Twilio knows these keys. Raises CarrierProblem."""
    with _client(account) as client:
        found = client.api.v2010.accounts(account.account_id).fetch()
        http: HttpClient = client.http_client
        return AccountState(status=_text(found.status), at=http.answered_at)


def located(account: Account) -> Account:
    """The account with the region that knows its keys: a token is valid in one alone.

    https://www.twilio.com/docs/global-infrastructure/manage-regional-api-credentials. Raises
    CarrierProblem: that of the first region, as most accounts have no other.
    """
    first, *others = (replace(account, region=region) for region in REGIONS)
    try:
        check_account(first)
    except CarrierProblem as problem:
        if problem.reason is not CarrierReason.WRONG_TOKEN:
            raise
        for other in others:
            with suppress(CarrierProblem):
                check_account(other)
                return other
        raise
    return first


def numbers_of(account: Account, *, place: PageCursor) -> NumberPage:
    """A page of the account's phone numbers. Raises CarrierProblem."""
    with _client(account) as client:
        page = client.incoming_phone_numbers.page(
            page_size=NUMBERS_A_PAGE,
            **({"page_number": place.page, "page_token": place.token} if place.token else {}),
        )
        found = [each for each in map(_number, page) if _SID.fullmatch(each.number_id)]
        return NumberPage(found, _place_in(page.next_page_url))


def point_number(
    account: Account, *, number_id: str, voice_url: str, status_url: str
) -> tuple[Number, Number]:
    """Set the number's webhook to `voice_url`; returns the number before and after.

    The fallback URL is the same address: Twilio then asks a second time, and one call is one
    call here however often it is asked for. An application or trunk that had the number's
    calls no longer gets them. Raises CarrierProblem.
    """
    with _client(account) as client:
        resource = client.incoming_phone_numbers(number_id)
        before = _number(resource.fetch())
        resource.update(
            voice_url=voice_url,
            voice_method="POST",
            voice_fallback_url=voice_url,
            voice_fallback_method="POST",
            status_callback=status_url,
            status_callback_method="POST",
            **({"voice_application_sid": ""} if before.handled_by == "application" else {}),
            **({"trunk_sid": ""} if before.handled_by == "trunk" else {}),
        )
        return before, _number(resource.fetch())


def number(account: Account, *, number_id: str) -> Number:
    """One of the account's numbers. Raises CarrierProblem."""
    with _client(account) as client:
        return _number(client.incoming_phone_numbers(number_id).fetch())


def find_numbers(account: Account, *, wanted: Wanted) -> list[Offer]:
    """Some numbers for calls that Twilio sells now; none where it sells none of the kind.

    Three digits in the United States and Canada are an area code, also behind a 1. Raises
    CarrierProblem.
    """
    filters = {"voice_enabled": True} | _having(wanted)
    try:
        with _client(account) as client:
            country = client.available_phone_numbers(wanted.country)
            sold = getattr(country, wanted.kind).list(limit=OFFERS, page_size=OFFERS, **filters)
            return [each for each in map(_offer, sold) if each.number]
    except CarrierProblem as problem:
        if problem.reason is CarrierReason.NOT_FOUND:
            return []
        raise


def _having(wanted: Wanted) -> dict[str, Any]:
    """The filter for numbers with the wanted digits, {} for any.

    An area code as people write it begins with what is dialled within the country, "030" in
    Germany. That is no part of a number in the international form: it begins with +4930.
    """
    digits, country = wanted.digits, wanted.country
    if not digits:
        return {}
    if country in ("US", "CA"):
        area = digits.removeprefix("1") if len(digits) > AREA_CODE_DIGITS else digits
        is_area_code = len(area) == AREA_CODE_DIGITS and wanted.kind is NumberKind.LOCAL
        return {"area_code": int(area)} if is_area_code else {"contains": digits}
    rest = digits.removeprefix(phonenumbers.ndd_prefix_for_region(country, True) or "")
    if not rest or rest == digits:
        return {"contains": digits}
    return {"contains": f"+{phonenumbers.country_code_for_region(country)}{rest}"}


def buy_number(account: Account, *, number: str, voice_url: str, status_url: str) -> Number:
    """Buy `number` (E.164) with `voice_url` as its webhook and fallback.

    Twilio sells a number once: a request that is repeated buys nothing more. Raises CarrierProblem.
    """
    with _client(account) as client:
        bought = client.incoming_phone_numbers.create(
            phone_number=number,
            voice_url=voice_url,
            voice_method="POST",
            voice_fallback_url=voice_url,
            voice_fallback_method="POST",
            status_callback=status_url,
            status_callback_method="POST",
        )
        return _number(bought)


def release_number(account: Account, *, number_id: str) -> None:
    """Give the number back to Twilio. Raises CarrierProblem."""
    with _client(account) as client:
        client.incoming_phone_numbers(number_id).delete()


def call_facts(account: Account, *, call_id: str) -> CarrierFacts:
    """Twilio's data on a call; the price is known some minutes after the end. Raises
    CarrierProblem.
    """
    with _client(account) as client:
        found = client.calls(call_id).fetch()
        return CarrierFacts(
            status=_text(found.status),
            seconds=_seconds(found.duration),
            price_micros=_micros(found.price),
            currency=_text(found.price_unit),
        )


def hang_up(account: Account, *, call_id: str) -> bool:
    """End a call, which may ring at a person or be connected to one: their line ends with it.

    False: Twilio says that the call is not in progress. Raises CarrierProblem; NOT_FOUND for a call
    that it does not have there, which says nothing of whether it lasts.
    """
    try:
        with _client(account) as client:
            # "completed" also ends a call that is in progress; "canceled" would not.
            client.calls(call_id).update(status="completed")
    except CarrierProblem as problem:
        if problem.reason is not CarrierReason.CALL_OVER:
            raise
        return False
    return True


def _client(account: Account) -> AbstractContextManager["Client"]:
    # Here: the SDK and its HTTP client take 0.3 s, and media processes never ask.
    from telephony.twilio.rest_client import client_of

    return client_of(account)


def _number(found: Any) -> Number:
    handled_by = (
        "trunk" if found.trunk_sid else "application" if found.voice_application_sid else ""
    )
    return Number(
        number_id=_text(found.sid),
        number=_text(found.phone_number),
        label=_text(found.friendly_name),
        voice_url=_text(found.voice_url),
        voice_method=_text(found.voice_method),
        fallback_url=_text(found.voice_fallback_url),
        status_url=_text(found.status_callback),
        handled_by=handled_by,
    )


def _offer(found: Any) -> Offer:
    place = ", ".join(filter(None, map(_text, (found.locality, found.region))))
    return Offer(number=_text(found.phone_number), place=place)


def _text(value: object) -> str:
    """A field as text that every database stores; "" for any other than a text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return storable_text(str(value))[:LONGEST_TEXT]


def _seconds(duration: object) -> int | None:
    text = str(duration)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _micros(charged: object) -> int | None:
    """Twilio writes what it charges below zero: "-0.0085"."""
    price = str(charged)
    if not _PRICE.fullmatch(price):
        return None
    return int((abs(Decimal(price)) * 1_000_000).to_integral_value())


def _place_in(next_url: str | None) -> PageCursor | None:
    """The place that Twilio's link leads to; the link itself is never followed."""
    query = parse_qs(urlsplit(next_url or "").query)
    token, page = query.get("PageToken", [""])[0], query.get("Page", [""])[0]
    return PageCursor(int(page), token) if token and page.isdecimal() else None
