"""The client of Twilio's SDK for an organization's own account, and its failures in our words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from telephony.carriers.numbers import Account
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason

log = structlog.get_logger(__name__)

# The host of a region names the way there, too: https://www.twilio.com/docs/global-infrastructure/
# using-the-twilio-rest-api-in-a-non-us-region
EDGES: Final = {"ie1": "dublin", "au1": "sydney"}
SECONDS: Final = 8.0

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
    21220: CarrierReason.CALL_OVER,
    21422: CarrierReason.NUMBER_TAKEN,
    21613: CarrierReason.NEEDS_DOCUMENTS,
    21631: CarrierReason.NEEDS_DOCUMENTS,
    21649: CarrierReason.NEEDS_DOCUMENTS,
}


class HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's transport: our time limit, TWILIO_REST_URL, and the last answer remembered.

    A server at TWILIO_REST_URL sees by the host which `region` is meant, if any.
    """

    def __init__(self, region: str) -> None:
        super().__init__(timeout=SECONDS, logger=_log)
        self._region = region
        self.answered_at: datetime | None = None
        self.status = 0

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if settings.TWILIO_REST_URL:
            meant = urlsplit(url)
            url = settings.TWILIO_REST_URL + meant._replace(scheme="", netloc="").geturl()
            if self._region:
                kwargs["headers"] = {**(kwargs.get("headers") or {}), "Host": meant.netloc}
        response = super().request(method, url, *args, **kwargs)
        self.status = response.status_code
        self.answered_at = _moment(response.headers.get("Date", ""))
        return response


@contextmanager
def client_of(account: Account) -> Iterator[Client]:
    """A client for one piece of work, with every error of it and below as CarrierProblem.

    The SDK reads fields unseen: an answer that is none of Twilio's raises anything.
    """
    http = HttpClient(account.region)
    client = Client(
        account.account_id,
        account.auth_token,
        http_client=http,
        # In the place of the environment, which is the platform's and not this account's.
        environment={
            "TWILIO_EDGE": EDGES.get(account.region, ""),
            "TWILIO_REGION": account.region,
        },
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
        code = getattr(error, "code", None)
        reason = _REASONS_BY_CODE.get(code, by_status) if isinstance(code, int) else by_status
        raise CarrierProblem(reason) from error
    except CarrierProblem:
        raise
    except Exception as error:  # boundary
        log.warning("carrier_answer_unreadable", status=http.status, exc_info=error)
        raise CarrierProblem(CarrierReason.UNREACHABLE) from error
    finally:
        http.session.close()


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None
