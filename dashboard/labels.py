"""Values as texts for members: reasons, times, durations, money."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable
from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason

Text = str | Promise

# What pages show in place of a telephone number, by what is stored.
NO_NUMBER: Final[Mapping[str, Text]] = {
    WITHHELD: _("withheld"),
    UNKNOWN: _("unknown"),
    ERASED: _("erased"),
}

_MICROS: Final = 1_000_000
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
_JUST_NOW_SECONDS: Final = 45


def in_words(table: Mapping[str, Text], name: str) -> str:
    """The sentence for `name`, "" for none; an unknown name with spaces for underscores."""
    return str(table.get(name) or name.replace("_", " ").capitalize())


def label_of(reasons: type[EndReason | AttemptReason | Outcome], name: str) -> str:
    """The label of the member with the value `name`; for any other name as `in_words`."""
    known = {member.value: gettext(member.label) for member in reasons if member == name}
    return in_words(known, name)


def relative(then: dt.datetime, *, now: dt.datetime) -> str:
    """How long ago or in how long `then` is, in one unit: "3 minutes ago", "in 2 days"."""
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
    """The title of a column of calls: "Mon 5 Jan: 12 calls"."""
    counted = ngettext("%(count)d call", "%(count)d calls", calls) % {"count": calls}
    return f"{date_format(day, gettext('D j M'))}: {counted}"


def dollars_on(day: dt.date, micros: int) -> str:
    """The title of a column of charges: "Mon 5 Jan: $1.20"."""
    return f"{date_format(day, gettext('D j M'))}: {money(micros)}"


def units(quantity: int, unit: str) -> str:
    """A quantity in a component's unit (`usage.billing.rating.UNITS`): "6 minutes"."""
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
    """The caller as a page shows it: a number, an address, "withheld" or "unknown"."""
    number = readable(stored)
    return str(NO_NUMBER.get(number, number))


def is_withheld(stored: str) -> bool:
    """Whether the caller withheld the number."""
    return readable(stored) == WITHHELD


def called(stored: str) -> str:
    """The number that was called, which is never withheld."""
    return caller(stored or UNKNOWN)


def at_most(count: int, counted: int) -> str | None:
    """A count as "7", or "99+" if counting stopped at `counted`; None for none."""
    if count >= counted:
        return f"{counted - 1}+"
    return str(count) if count else None


def grouped(count: int) -> str:
    """A count with its thousands apart, in the reader's language: "12,345"."""
    return _grouped(count, get_language())


@lru_cache(4_096)  # a table of days has a thousand counts, most of them again at the next visit
def _grouped(count: int, _language: str | None) -> str:
    return number_format(count, force_grouping=True)


def percent(share: int | str) -> str:
    """A percentage as "12%", in the reader's language: "12 %" in German."""
    return gettext("%(share)s%%") % {"share": share}


def signed_percent(change: int) -> str:
    """A change as "+12%", "\u22123%" or "±0%"."""
    sign = "+" if change > 0 else "\u2212" if change < 0 else "±"
    return percent(f"{sign}{abs(change)}")


def clock(milliseconds: int) -> str:
    """A moment of a call as "1:07", minutes and seconds."""
    return f"{milliseconds // 60_000}:{milliseconds // 1000 % 60:02}"


def money(micros: int) -> str:
    """Micro-dollars rounded to cents: "$1.28", "<$0.01" for less than half a cent.

    The ledger (`dollars`) and the files are exact.
    """
    cents = (abs(micros) + _MICROS // 200) // (_MICROS // 100)
    if micros and not cents:
        least = gettext("<$%(amount)s") % {"amount": number_format(Decimal("0.01"), 2)}
        return f"-{least}" if micros < 0 else least
    return dollars(cents * (_MICROS // 100) * (1 if micros >= 0 else -1))


def money_per(micros: int, count: int) -> str:
    """The average cost of one of `count`, as `money`; a dash for none."""
    return money(round(micros / count)) if count else "\u2013"


def dollars(micros: int) -> str:
    """Micro-dollars as "$0.0123", in the reader's language, without rounding."""
    places = max(2, len(f"{abs(micros) % _MICROS:06}".rstrip("0")))
    amount = number_format(Decimal(abs(micros)) / _MICROS, places, force_grouping=True)
    return ("-" if micros < 0 else "") + gettext("$%(amount)s") % {"amount": amount}


def language(code: str) -> str:
    """The name of the language of a tag such as "de" or "en-US"; the tag if it is unknown."""
    try:
        spoken = Locale.parse(code, sep="-")
        return spoken.get_display_name(get_language() or "en") or code
    except (ValueError, TypeError, UnknownLocaleError):
        return code
