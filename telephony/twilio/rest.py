"""Twilio's REST API, in an organization's own account: its numbers, and what each of them asks.

Every call here waits for Twilio, at most SECONDS; none is repeated, and none runs while a caller
speaks. What Twilio answers is shown to members, never believed further.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

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
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason

if TYPE_CHECKING:
    from twilio.rest import Client

API_URL: Final = "https://api.twilio.com"
SECONDS: Final = 8.0
NUMBERS_A_PAGE: Final = 20
OFFERS: Final = 20
AREA_CODE_DIGITS: Final = 3
_PRICE: Final = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,9})?")

# Its lines say little, and at INFO they would fill our log with headers.
_log: Final = logging.getLogger("telephony.twilio.rest.http")
_log.setLevel(logging.WARNING)

# https://www.twilio.com/docs/usage/twilios-response
_REASONS: Final = {
    400: CarrierReason.REJECTED,
    401: CarrierReason.WRONG_TOKEN,
    403: CarrierReason.FORBIDDEN,
    404: CarrierReason.NOT_FOUND,
    429: CarrierReason.RATE_LIMIT,
}
# https://www.twilio.com/docs/api/errors; 21649: documents that are missing or not approved
_REASONS_BY_CODE: Final = {
    21422: CarrierReason.NUMBER_TAKEN,
    21613: CarrierReason.NEEDS_DOCUMENTS,
    21631: CarrierReason.NEEDS_DOCUMENTS,
    21649: CarrierReason.NEEDS_DOCUMENTS,
}


def check_account(account: Account) -> AccountState:
    """Whether Twilio knows these keys. Raises CarrierProblem."""
    with _client(account) as client:
        found = client.api.v2010.accounts(account.account_id).fetch()
        http: _HttpClient = client.http_client
        return AccountState(status=str(found.status), at=http.answered_at)


def numbers_of(account: Account, *, place: PageCursor) -> NumberPage:
    """A page of the account's phone numbers. Raises CarrierProblem."""
    with _client(account) as client:
        page = client.incoming_phone_numbers.page(
            page_size=NUMBERS_A_PAGE,
            **({"page_number": place.page, "page_token": place.token} if place.token else {}),
        )
        return NumberPage([_number(each) for each in page], _place_in(page.next_page_url))


def point_number(
    account: Account, *, number_id: str, voice_url: str, status_url: str
) -> tuple[Number, Number]:
    """Have the number ask `voice_url`; what it did before, and what it does now.

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

    Three digits in the United States and Canada are an area code. Raises CarrierProblem.
    """
    filters: dict[str, Any] = {"voice_enabled": True}
    has_area_codes = wanted.country in ("US", "CA") and wanted.kind is NumberKind.LOCAL
    if has_area_codes and len(wanted.digits) == AREA_CODE_DIGITS:
        filters["area_code"] = int(wanted.digits)
    elif wanted.digits:
        filters["contains"] = wanted.digits
    try:
        with _client(account) as client:
            country = client.available_phone_numbers(wanted.country)
            sold = getattr(country, wanted.kind).list(limit=OFFERS, page_size=OFFERS, **filters)
            return [_offer(each) for each in sold]
    except CarrierProblem as problem:
        if problem.reason is CarrierReason.NOT_FOUND:
            return []
        raise


def buy_number(account: Account, *, number: str, voice_url: str, status_url: str) -> Number:
    """Buy `number` (E.164), which asks `voice_url` from its first call on; the fallback too.

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
    """What Twilio says of a call; its price comes some minutes after the end. Raises
    CarrierProblem.
    """
    with _client(account) as client:
        found = client.calls(call_id).fetch()
        return CarrierFacts(
            status=str(found.status or ""),
            seconds=_seconds(found.duration),
            price_micros=_micros(found.price),
            currency=str(found.price_unit or ""),
        )


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's transport: our time limit, TWILIO_REST_URL, and the last answer remembered."""

    def __init__(self) -> None:
        super().__init__(timeout=SECONDS, logger=_log)
        self.answered_at: datetime | None = None
        self.status = 0

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if settings.TWILIO_REST_URL:
            url = settings.TWILIO_REST_URL + url.removeprefix(API_URL)
        response = super().request(method, url, *args, **kwargs)
        self.status = response.status_code
        self.answered_at = _moment(response.headers.get("Date", ""))
        return response


@contextmanager
def _client(account: Account) -> Iterator["Client"]:
    """A client for one piece of work, with every error of it and below as CarrierProblem."""
    # Here: its thousand modules take 0.2 s, and media processes never ask.
    from twilio.rest import Client

    http = _HttpClient()
    client = Client(
        account.account_id,
        account.auth_token,
        http_client=http,
        # In the place of the environment, which is the platform's and not this account's.
        environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
    )
    try:
        yield client
    except requests.Timeout as error:
        raise CarrierProblem(CarrierReason.TIMEOUT) from error
    except requests.RequestException as error:
        raise CarrierProblem(CarrierReason.UNREACHABLE) from error
    except (TwilioException, ValueError) as error:
        # A refused page of a list is not a TwilioRestException, so the status comes from below.
        # 200: an answer that is none of Twilio's, as of a proxy in between.
        if http.status < 400:
            raise CarrierProblem(CarrierReason.UNREACHABLE) from error
        by_status = _REASONS.get(http.status, CarrierReason.FAILED)
        reason = _REASONS_BY_CODE.get(getattr(error, "code", None) or 0, by_status)
        raise CarrierProblem(reason) from error
    finally:
        http.session.close()


def _number(found: Any) -> Number:
    handled_by = (
        "trunk" if found.trunk_sid else "application" if found.voice_application_sid else ""
    )
    return Number(
        number_id=found.sid or "",
        number=found.phone_number or "",
        label=found.friendly_name or "",
        voice_url=found.voice_url or "",
        voice_method=found.voice_method or "",
        fallback_url=found.voice_fallback_url or "",
        status_url=found.status_callback or "",
        handled_by=handled_by,
    )


def _offer(found: Any) -> Offer:
    place = ", ".join(part for part in (found.locality, found.region) if part)
    return Offer(number=found.phone_number or "", place=place)


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


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None
