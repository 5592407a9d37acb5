"""Values in words that a member understands: reasons, times, durations, money."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable

Text = str | Promise

OUTCOMES: Final[Mapping[str, Text]] = {
    "answered": _("Answered"),
    "declined": _("Declined"),
    "refused": _("Refused"),
}

# What stands in the place of a telephone number, by what is stored.
NO_NUMBER: Final[Mapping[str, Text]] = {
    WITHHELD: _("withheld"),
    UNKNOWN: _("unknown"),
    ERASED: _("erased"),
}

# Written by telephony.admission.decision, telephony.admission.webhook_keys and usage.quota.quotas.
ATTEMPT_REASONS: Final[Mapping[str, Text]] = {
    "no_active_agent": _("No agent is active. The caller heard that nobody is set up to answer."),
    "no_agent": _("The agent has no published version."),
    "suspended": _("The organization is suspended. The caller heard that no calls are taken."),
    "no_slot": _("As many calls as your organization may have at once were going on."),
    "minutes_used_up": _(
        "No minutes of this month were left. The caller heard that no more calls are taken this "
        "month."
    ),
    "pool_busy": _(
        "All lines that new organizations share were in use. Confirm your e-mail address, or store "
        "your Twilio auth token, to have lines of your own."
    ),
    "pool_used_up": _(
        "The minutes that new organizations share were used up for the day. Confirm your e-mail "
        "address, or store your Twilio auth token, to have minutes of your own."
    ),
    "busy": _("The server had no room for another call."),
    "engine_without_key": _("The agent uses a provider that nobody has given a key for."),
    "agent_not_prepared": _(
        "What the agent says could not be made ready for calls: its page shows the reason. Edit it "
        "and publish."
    ),
    "engine_not_offered": _("The agent uses an engine that this installation does not offer."),
    "overloaded": _("The server ran too late, or short of memory, to take another call."),
    "draining": _("The server was about to restart."),
    "key_revoked": _(
        "The key in the URL was revoked. Put a URL with a key that is in use into the number."
    ),
    "key_expired": _(
        "The key in the URL was rotated, and the days in which the old one still worked are over. "
        "Put the URL with the new key into the number."
    ),
    "bad_signature": _("The request was not signed with your Twilio auth token."),
    "bad_callback": _(
        "The end of a call was reported without the signature of your Twilio auth token. The "
        "report was ignored."
    ),
    "account_changed": _(
        "Answered, but from another Twilio account than the calls before. If that is not you, "
        "give your AccountSid under Credentials: every other account is then refused."
    ),
    "account_mismatch": _("The request came from another Twilio account than your settings name."),
    "unknown_agent": _("The URL names an agent that is inactive or not yours."),
}

# Written by telephony.session, telephony.calls.driver, telephony.twilio.callbacks and
# usage.billing.settlement.
END_REASONS: Final[Mapping[str, Text]] = {
    "stop": _("The caller hung up"),
    "hung_up_by_member": _("A member of the organization ended the call"),
    "agent_hung_up": _("The agent said goodbye"),
    "stream_ended": _("The stream ended in order"),
    "stream_stopped": _("The carrier closed the audio stream"),
    "stream_error": _("The audio stream failed at the carrier"),
    "stream_lost": _("The audio stream was lost"),
    "socket_closed": _("The connection to the carrier broke"),
    "audio_too_fast": _("The carrier sent audio faster than anybody can speak"),
    "too_many_messages": _("The carrier sent more messages than a telephone does"),
    "socket_stalled": _("The carrier stopped taking audio"),
    "binary_message": _("The carrier broke the protocol"),
    "persistent_garbage": _("The carrier broke the protocol"),
    "media_lost": _("No more sound came from the carrier"),
    "access_lost": _("The member who tried the agent logged out or left"),
    "key_revoked": _("Its key was revoked, and its calls with it"),
    "engine_failed": _("An engine could not answer"),
    "caller_silent": _("The caller said nothing more after several failures"),
    "restarting": _("The server was restarted, and the agent said so"),
    "internal_error": _("A fault on our side"),
    "stale": _("Our server was lost during the call"),
    "no_stream": _("The carrier opened no audio stream"),
    "carrier_completed": _("The call ended at the carrier"),
    "carrier_busy": _("The carrier reported a busy line"),
    "carrier_failed": _("The carrier could not connect the call"),
    "carrier_no_answer": _("The carrier reported no answer"),
    "carrier_canceled": _("The caller gave up while it rang"),
}

# Reasons of voicex.errors.CarrierProblem.
CARRIER_PROBLEMS: Final[Mapping[str, Text]] = {
    "wrong_token": _(
        "Twilio does not accept this auth token for this AccountSid. It must be the account’s own "
        "auth token; an API key (SK…) does not work, and a subaccount has a token of its own."
    ),
    "forbidden": _("Twilio does not allow this to the account. Is it suspended or closed?"),
    "not_found": _("Twilio knows no such account or number."),
    "rejected": _("Twilio rejected the request."),
    "rate_limit": _("Twilio was asked too often. Try again in a minute."),
    "timeout": _("Twilio did not answer in time. Try again."),
    "unreachable": _("Twilio could not be reached from this server."),
    "failed": _("Twilio answered with a fault of its own. Try again in a few minutes."),
}

_MICROS: Final = 1_000_000
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
_JUST_NOW_SECONDS: Final = 45


def in_words(table: Mapping[str, Text], name: str) -> str:
    """The sentence for `name`, "" for none; an unknown name is shown with spaces."""
    return str(table.get(name) or name.replace("_", " ").capitalize())


def relative(then: dt.datetime, *, now: dt.datetime) -> str:
    """How long ago `then` was, or how soon it is, in one unit: "3 minutes ago", "in 2 days"."""
    seconds = (now - then).total_seconds()
    size = abs(seconds)
    if size < _JUST_NOW_SECONDS:
        return gettext("just now") if seconds >= 0 else gettext("in a moment")
    unit = next((each for each in (_YEAR, _MONTH, _DAY, _HOUR, _MINUTE) if size >= each), _MINUTE)
    count = max(1, int(size // unit))
    # Whole phrases: other languages bend the unit after "ago".
    past, future = {
        _YEAR: (
            ngettext("%(count)d year ago", "%(count)d years ago", count),
            ngettext("in %(count)d year", "in %(count)d years", count),
        ),
        _MONTH: (
            ngettext("%(count)d month ago", "%(count)d months ago", count),
            ngettext("in %(count)d month", "in %(count)d months", count),
        ),
        _DAY: (
            ngettext("%(count)d day ago", "%(count)d days ago", count),
            ngettext("in %(count)d day", "in %(count)d days", count),
        ),
        _HOUR: (
            ngettext("%(count)d hour ago", "%(count)d hours ago", count),
            ngettext("in %(count)d hour", "in %(count)d hours", count),
        ),
        _MINUTE: (
            ngettext("%(count)d minute ago", "%(count)d minutes ago", count),
            ngettext("in %(count)d minute", "in %(count)d minutes", count),
        ),
    }[unit]
    return (past if seconds >= 0 else future) % {"count": count}


def calls_on(day: dt.date, calls: int) -> str:
    """What a column of a plot says: "Mon 5 Jan: 12 calls"."""
    counted = ngettext("%(count)d call", "%(count)d calls", calls) % {"count": calls}
    return f"{date_format(day, gettext('D j M'))}: {counted}"


def dollars_on(day: dt.date, micros: int) -> str:
    """What a column of charges says: "Mon 5 Jan: $1.20"."""
    return f"{date_format(day, gettext('D j M'))}: {dollars(micros)}"


def units(quantity: int, unit: str) -> str:
    """A quantity of what components are counted in (`usage.billing.rating.UNITS`): "6 minutes"."""
    number = intcomma(quantity)
    return {
        "minute": ngettext("%(number)s minute", "%(number)s minutes", quantity),
        "second": ngettext("%(number)s second", "%(number)s seconds", quantity),
        "token": ngettext("%(number)s token", "%(number)s tokens", quantity),
        "character": ngettext("%(number)s character", "%(number)s characters", quantity),
    }[unit] % {"number": number}


def duration(seconds: float) -> str:
    """Seconds as "48 s", "3 min 05 s" or "1 h 02 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def caller(stored: str) -> str:
    """Who called, as a page shows it: a number, an address, "withheld" or "unknown"."""
    number = readable(stored)
    return str(NO_NUMBER.get(number, number))


def is_withheld(stored: str) -> bool:
    """Whether the caller kept the number back."""
    return readable(stored) == WITHHELD


def called(stored: str) -> str:
    """The number that was called; nobody withholds it."""
    return caller(stored or UNKNOWN)


def clock(milliseconds: int) -> str:
    """A moment of a call as "1:07", minutes and seconds."""
    return f"{milliseconds // 60_000}:{milliseconds // 1000 % 60:02}"


def dollars(micros: int) -> str:
    """Micro-dollars as "$0.0123", in the reader's language: the cents, and no digit lost."""
    places = max(2, len(f"{abs(micros) % _MICROS:06}".rstrip("0")))
    amount = number_format(Decimal(abs(micros)) / _MICROS, places, force_grouping=True)
    return ("-" if micros < 0 else "") + gettext("$%(amount)s") % {"amount": amount}
