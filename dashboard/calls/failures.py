"""The failures in a call, from its recorded events, in words."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final

import structlog
from django.utils.translation import gettext_lazy as _

from agents.engines.events import ResponseFailed, TranscriptionFailed
from telephony.calls import flight_recorder
from usage.models import Call, FlightRecord

log = structlog.get_logger(__name__)

MOST: Final = 50  # that are shown of one call
_WORDS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "EngineTimeout": _("It didn’t respond in time."),
        "timeout": _("It didn’t respond in time."),
        "EngineBusy": _("It was overloaded, or a rate limit was reached."),
        "EngineSilent": _("It returned an empty response."),
        "EngineRefused": _("It rejected the request or the API key."),
        "EngineMissing": _("It isn’t installed on this server."),
        "EngineCutShort": _("Its response was incomplete."),
        "EngineBrokeOff": _("It stopped in the middle of a sentence."),
    }
)
_OTHER: Final = _("It returned an unusable response. See the server log.")


@dataclass(frozen=True, slots=True)
class Failure:
    """One answer or transcription that failed; at_ms: since the stream opened."""

    at_ms: int
    is_of_speech: bool  # what the caller said could not be written down
    reason: str


def failures_of(call: Call) -> list[Failure]:
    """The first MOST failures of an ended call in order; none without a record of its events."""
    record = FlightRecord.objects.filter(org=call.org_id, call=call).first()
    if record is None or not record.events:  # the words of a call can be deleted
        return []
    try:
        _config, events = flight_recorder.unpack(bytes(record.events))
        found = (
            Failure(
                at_ms,
                isinstance(event, TranscriptionFailed),
                str(_WORDS.get(event.reason, _OTHER)),
            )
            for at_ms, event in events
            if isinstance(event, ResponseFailed | TranscriptionFailed)
        )
        return list(islice(found, MOST))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        # Of another release, whose events are not known here.
        log.warning("flight_record_not_read", call_id=call.pk, error=type(error).__name__)
        return []
