"""The number that calls, where one is known: for what is done for a caller, never for a page."""

from usage.models import Call
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable


def own_number(call: Call) -> str:
    """The number that calls, "" where it is withheld, unknown or erased."""
    number = readable(call.from_number)
    return "" if number in ("", WITHHELD, UNKNOWN, ERASED) else number


def caller_number(call_id: int) -> str:
    """As `own_number`, of the call with this id."""
    return own_number(Call.objects.only("from_number").get(pk=call_id))
