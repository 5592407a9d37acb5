"""Values in words that a member understands: reasons, times, durations, money. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

OUTCOMES: Final[Mapping[str, str]] = {
    "answered": "Answered",
    "declined": "Declined",
    "refused": "Refused",
}

# Written by telephony.admission and usage.quotas.
ATTEMPT_REASONS: Final[Mapping[str, str]] = {
    "no_active_agent": "No agent is active. The caller heard that nobody is set up to answer.",
    "no_agent": "The agent has no published version.",
    "suspended": "The organization is suspended. The caller heard that no calls are taken.",
    "no_slot": "As many calls as your organization may have at once were going on.",
    "busy": "The server had no room for another call.",
    "engine_without_key": "The agent uses a provider that nobody has given a key for.",
    "overloaded": "The server ran too late, or short of memory, to take another call.",
    "draining": "The server was about to restart.",
    "bad_signature": "The request was not signed with your Twilio auth token.",
    "account_changed": (
        "Answered, but from another Twilio account than the calls before. If that is not you, "
        "give your AccountSid in the settings: every other account is then refused."
    ),
    "account_mismatch": "The request came from another Twilio account than your settings name.",
    "unknown_agent": "The URL names an agent that is inactive or not yours.",
}

# Written by telephony.session, telephony.driver, telephony.callbacks and usage.settlement.
END_REASONS: Final[Mapping[str, str]] = {
    "stop": "The caller hung up",
    "agent_hung_up": "The agent said goodbye",
    "stream_ended": "The stream ended in order",
    "stream_stopped": "The carrier closed the audio stream",
    "stream_error": "The audio stream failed at the carrier",
    "stream_lost": "The audio stream was lost",
    "socket_closed": "The connection to the carrier broke",
    "audio_too_fast": "The carrier sent audio faster than anybody can speak",
    "socket_stalled": "The carrier stopped taking audio",
    "binary_message": "The carrier broke the protocol",
    "persistent_garbage": "The carrier broke the protocol",
    "media_lost": "No more sound came from the carrier",
    "access_lost": "The member who tried the agent logged out or left",
    "engine_failed": "An engine could not answer",
    "internal_error": "A fault on our side",
    "stale": "Our server was lost during the call",
    "no_stream": "The carrier opened no audio stream",
    "carrier_completed": "The call ended at the carrier",
    "carrier_busy": "The carrier reported a busy line",
    "carrier_failed": "The carrier could not connect the call",
    "carrier_no_answer": "The carrier reported no answer",
    "carrier_canceled": "The caller gave up while it rang",
}

_MICROS: Final = 1_000_000
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_JUST_NOW_SECONDS: Final = 45


def in_words(table: Mapping[str, str], name: str) -> str:
    """The sentence for `name`, "" for none; an unknown name is shown with spaces."""
    return table.get(name) or name.replace("_", " ").capitalize()


def relative(then: dt.datetime, *, now: dt.datetime) -> str:
    """How long ago `then` was, or how soon it is, in one unit: "3 minutes ago", "in 2 days"."""
    seconds = (now - then).total_seconds()
    size = abs(seconds)
    if size < _JUST_NOW_SECONDS:
        return "just now" if seconds >= 0 else "in a moment"
    unit, length = next((each for each in _UNITS if size >= each[1]), _UNITS[-1])
    count = max(1, int(size // length))
    amount = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{amount} ago" if seconds >= 0 else f"in {amount}"


def duration(seconds: float) -> str:
    """Seconds as "48 s", "3 min 05 s" or "1 h 02 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def clock(milliseconds: int) -> str:
    """A moment of a call as "1:07", minutes and seconds."""
    return f"{milliseconds // 60_000}:{milliseconds // 1000 % 60:02}"


def dollars(micros: int) -> str:
    """Micro-dollars as "$0.0123": at least the cents, and no digit lost."""
    whole, fraction = divmod(abs(micros), _MICROS)
    digits = f"{fraction:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}${whole:,}.{digits}"
