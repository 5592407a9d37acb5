"""The carrier's HTTP side: signed form posts to the webhook and the callbacks."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import httpx

from telephony.simulator.codes import CarrierError
from telephony.simulator.sound.wav_file import read_wav
from telephony.twilio import signatures

# Twilio: 5 s to connect, 15 s in all, one more try when no connection came about.
CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
REUSED_SECONDS: Final = 1.0  # servers close what was idle for 5 s or more
SOUND_TYPES: Final = {"audio/wav", "audio/wave", "audio/x-wav"}
TWIML_TYPES: Final = {"text/xml", "application/xml", "text/html"}


def http_client() -> httpx.AsyncClient:
    """A client as patient as Twilio; it follows no redirects and reads no proxy settings.

    A connection is not used again when a server may be about to close it for idleness.
    """
    return httpx.AsyncClient(
        timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(
            max_connections=200, max_keepalive_connections=200, keepalive_expiry=REUSED_SECONDS
        ),
        trust_env=False,
    )


class HttpRefused(CarrierError):
    """The webhook answered with an HTTP error. status: its number."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(11200, words)
        self.status = status


@dataclass(frozen=True, slots=True)
class CallDetails:
    """Who calls whom, on whose account: what is in every request of a call."""

    call_sid: str
    account_sid: str
    from_number: str
    to_number: str

    def fields(self, status: str) -> dict[str, str]:
        """The form fields of a voice request. status: Twilio's CallStatus."""
        return {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": status,
            "Called": self.to_number,
            "CalledCity": "SEATTLE",
            "CalledCountry": "US",
            "CalledState": "WA",
            "CalledZip": "98101",
            "Caller": self.from_number,
            "CallerCity": "SAN FRANCISCO",
            "CallerCountry": "US",
            "CallerState": "CA",
            "CallerZip": "94105",
            "Direction": "inbound",
            "From": self.from_number,
            "FromCity": "SAN FRANCISCO",
            "FromCountry": "US",
            "FromState": "CA",
            "FromZip": "94105",
            "StirVerstat": "TN-Validation-Passed-A",
            "To": self.to_number,
            "ToCity": "SEATTLE",
            "ToCountry": "US",
            "ToState": "WA",
            "ToZip": "98101",
        }


class Webhooks:
    """Posts as Twilio does, signed with the account's auth token."""

    def __init__(self, client: httpx.AsyncClient, *, auth_token: str) -> None:
        self._client = client
        self._auth_token = auth_token

    async def post(self, url: str, fields: Mapping[str, str]) -> httpx.Response:
        """The answer of `url`, whatever its status. Raises CarrierError 11200 without one."""
        headers = {
            "X-Twilio-Signature": signatures.sign(self._auth_token, url, dict(fields)),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                try:
                    return await self._client.post(url, data=dict(fields), headers=headers)
                except httpx.ConnectError:
                    return await self._client.post(url, data=dict(fields), headers=headers)
        except TimeoutError as error:
            raise CarrierError(
                11200, f"{_without_query(url)} did not answer within {TOTAL_SECONDS:.0f} s"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CarrierError(
                11200, f"{_without_query(url)} could not be fetched: {_reason(error)}"
            ) from error

    async def fetch_twiml(self, url: str, fields: Mapping[str, str]) -> bytes:
        """The TwiML at `url`. Raises CarrierError for an HTTP error or a foreign content type."""
        response = await self.post(url, fields)
        if not response.is_success:
            status = response.status_code
            raise HttpRefused(status, f"{_without_query(url)} answered with HTTP {status}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.content and kind not in TWIML_TYPES:
            raise CarrierError(12300, f"the content type {kind!r} is not TwiML (text/xml)")
        return response.content

    async def fetch_sound(self, url: str) -> float:
        """How many seconds the WAV at `url` lasts. Raises CarrierError for what is none."""
        try:
            response = await self._client.get(url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CarrierError(11200, f"{url} could not be fetched: {_reason(error)}") from error
        if not response.is_success:
            raise HttpRefused(response.status_code, f"{url}: HTTP {response.status_code}")
        kind = response.headers.get("content-type", "")
        if kind not in SOUND_TYPES:
            raise CarrierError(12300, f"the content type {kind!r} is no sound that Twilio plays")
        samples, rate = read_wav(response.content)
        return len(samples) / rate


def call_ended(line: CallDetails, *, status: str, seconds: int, sequence: int) -> dict[str, str]:
    """The fields of the number's status callback at the end of a call."""
    return line.fields(status) | {
        "CallDuration": str(seconds),
        "Duration": str(-(-seconds // 60)),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": format_datetime(datetime.now(UTC)),
    }


def stream_event(
    line: CallDetails, *, stream_sid: str, event: str, error: CarrierError | None = None
) -> dict[str, str]:
    """The fields of a stream's status callback. event: stream-started, -stopped or -error."""
    fields = {
        "AccountSid": line.account_sid,
        "CallSid": line.call_sid,
        "StreamSid": stream_sid,
        "StreamEvent": event,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if error is not None:
        fields["StreamError"] = f"{error.code} - {error.words}"
    return fields


def _without_query(url: str) -> str:
    # The query of the voice webhook holds the API key.
    return url.partition("?")[0]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
