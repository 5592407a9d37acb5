"""Converts errors of the OpenAI SDK and of HTTP to EngineErrors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import httpx2  # what the SDK speaks HTTP with; its errors come through while a body streams
import openai

from agents.engines.chat.request import said_in
from voicex import logs
from voicex.bounds.bounded_json import UnusableJson, loads
from voicex.bounds.retry_after import seconds_to_wait
from voicex.errors import (
    EndpointRefused,
    EngineBusy,
    EngineError,
    EngineReason,
    EngineRefused,
    EngineTimeout,
)

DETAIL_CHARACTERS: Final = 200  # of the provider's own words, for the log
READ_CHARACTERS: Final = 8_000  # the longest secret, and more; a hundred thousand take 50 ms
SAID_CHARACTERS: Final = 2_000  # of them, to find out why
BODY_BYTES: Final = 65_536  # of a refusal, in which a time to wait is looked for
SLIDING_SECONDS: Final = 60.0  # to wait for a limit of a day that slides


@contextmanager
def provider_errors(what: str) -> Iterator[None]:
    """A context that converts all errors of the SDK and of HTTP to EngineErrors.

    what: describes the request in the message ("the transcription").
    """
    try:
        yield
    except EndpointRefused as error:
        raise _from_the_fence(error, what) from error
    except (openai.APITimeoutError, httpx2.TimeoutException) as error:
        raise EngineTimeout(f"openai, {what}") from error
    except openai.APIStatusError as error:
        raise refusal(error, what) from error
    except (openai.APIError, httpx2.HTTPError) as error:
        detail = f"openai, {what}: {short(str(error) or type(error).__name__)}"
        raise EngineError(detail, reason=_reason_of(error)) from error


def _from_the_fence(error: EndpointRefused, what: str) -> EngineError:
    detail = f"openai, {what}: {error}"
    if error.reason == "too_slow":
        return EngineTimeout(detail)
    is_of_the_answer = error.reason in ("too_large", "encoded")
    reason = EngineReason.UNREADABLE if is_of_the_answer else EngineReason.ADDRESS_REFUSED
    return EngineRefused(detail, reason=reason)


def refusal(error: openai.APIStatusError, what: str) -> EngineError:
    """The EngineError for a response with a status of 300 or more. what: as in
    `provider_errors`.
    """
    said, status = said_of(error), error.status_code
    detail = f"openai, {what}: {status} {short(said)}"
    wait = seconds_to_wait(error.response.headers, _body_of(error), said, now=datetime.now(UTC))
    is_limited = status == 429 and not _is_used_up(f"{error.code} {said}", wait)
    if status in _OVERLOADED or is_limited:
        return EngineBusy(detail, wait_seconds=wait)
    if status in (408, 504):
        return EngineTimeout(detail)
    if status < 500 and status not in _PASSING:
        return EngineRefused(detail, reason=_reason_of_refusal(status, f"{error.code} {said}"))
    return EngineError(detail, wait_seconds=wait)


def _body_of(error: openai.APIStatusError) -> object:
    """The whole body: the SDK keeps of it what belongs to `error`, where it has such a field."""
    try:
        return loads(error.response.content, max_bytes=BODY_BYTES)
    except (UnusableJson, httpx2.ResponseNotRead):
        return error.body


def _is_used_up(said: str, wait: float | None) -> bool:
    """Whether a limit is one that no call lasts for: an account without credit also gets 429."""
    said = said[:SAID_CHARACTERS].lower()
    if _NO_CREDIT.search(said):  # gateways name a time with any refusal
        return True
    if _OF_A_DAY.search(said):
        # Some count the last 24 hours: of those a request is free again every few seconds.
        return wait is None or wait > SLIDING_SECONDS
    return wait is None and bool(_USED_UP.search(said))


_NO_CREDIT: Final = re.compile(
    r"insufficient[ _](?:quota|balance|credits?|funds)|credit balance|out of credits|arrears"
    r"|余额不足"
)
# A limit of the account; providers write it into limits of a minute as well, which say how long to
# wait.
_USED_UP: Final = re.compile(
    r"exceeded[ _](?:your[ _])?current[ _]quota|quota exceeded|billing|hard limit"
)
_OF_A_DAY: Final = re.compile(r"per[ _]?day\b|perday|free-models-per-day|daily (?:limit|quota)")
_BARE: Final = re.compile(r"Error code: \d+\s*(?:-\s*)?")
_OVERLOADED: Final = frozenset({529})  # Anthropic's own, which gateways pass on
# A page that asks whether a person is there: in the way of an address, and not of a key.
_CHALLENGE: Final = re.compile(r"<!doctype html|<html|just a moment|cf-chl|attention required")
_PASSING: Final = frozenset({409, 423, 425, 498, 499})  # a temporary conflict
# Some servers use 400 for all errors, with the reason only in the text.
_KEY: Final = re.compile(
    r"api[ _-]?key.{0,40}\b(?:invalid|not valid|incorrect|expired|revoked|missing)"
    r"|\b(?:invalid|incorrect|expired|missing)\b.{0,20}\bapi[ _-]?key|api_key_invalid"
)
_MODEL: Final = re.compile(
    r"model_not_found|model_decommissioned|deploymentnotfound|\b(?:invalid|unknown|no such) model"
    r"|\bmodel\b.{0,80}\b(?:not found|does ?n[o']t exist|decommissioned|is not available)"
    r"|not a valid model"
)
_LIMIT: Final = re.compile(rf"{_NO_CREDIT.pattern}|rate_limit_exceeded|quota exceeded|billing")


def all_said(error: openai.APIStatusError) -> str:
    """The message and the body of a refusal, in 2 * READ_CHARACTERS at most and a space."""
    return f"{error.message[:READ_CHARACTERS]} {str(error.body)[:READ_CHARACTERS]}"


def said_of(error: openai.APIStatusError) -> str:
    """The server's error message, also in forms that the SDK does not know."""
    if error.body is None or not _BARE.fullmatch(error.message):
        return error.message
    return " ".join(said_in(error.body)[:SAID_CHARACTERS].split()) or error.message


def _reason_of_refusal(status: int, said: str) -> EngineReason:
    if status < 400:  # a redirect, which is not followed
        return EngineReason.UNREADABLE
    if status == 404:
        return EngineReason.MODEL_UNKNOWN
    if status == 401:
        return EngineReason.KEY_REFUSED
    said = said[:SAID_CHARACTERS].lower()
    if _CHALLENGE.search(said):
        return EngineReason.UNREADABLE
    found = (
        (_MODEL, EngineReason.MODEL_UNKNOWN),
        (_LIMIT, EngineReason.LIMIT),
        (_KEY, EngineReason.KEY_REFUSED),
    )
    usual = {
        402: EngineReason.LIMIT, 403: EngineReason.KEY_REFUSED, 429: EngineReason.LIMIT
    }.get(status, EngineReason.REQUEST_REFUSED)  # fmt: skip
    return next((reason for words, reason in found if words.search(said)), usual)


def _reason_of(error: Exception) -> EngineReason:
    if isinstance(error, openai.APIConnectionError | httpx2.NetworkError):
        return EngineReason.UNREACHABLE
    if isinstance(error, openai.APIResponseValidationError | httpx2.DecodingError):
        return EngineReason.UNREADABLE
    return EngineReason.FAILED


def short(text: str) -> str:
    """The beginning of a provider's message for the log, without secrets.

    Of a long text no more is looked through than a secret that begins in there may have.
    """
    return logs.redacted(text[:READ_CHARACTERS])[:DETAIL_CHARACTERS]
