"""The tools of a calendar for a model: look up, book, move, cancel. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from agents.calendars.settings import WRITING, Action
from agents.calendars.slots import PARTS
from agents.http_tools.definition import Definition, Kind, Parameter

NAME: Final = 24  # characters of a calendar's name: its tools' names end with what they do

_TIME: Final = "as in 2026-05-04T09:00"
_BOOKED: Final = Parameter(
    "booked_start",
    description=f"When their present booking begins, {_TIME}. Only if they have several.",
    is_required=False,
)
_PARAMETERS: Final = {
    Action.FREE: (
        Parameter(
            "day",
            description="The first day that suits, as in 2026-05-04. Leave out for the next free.",
            is_required=False,
        ),
        Parameter("part_of_day", Kind.CHOICE, is_required=False, choices=tuple(PARTS)),
    ),
    Action.FIND: (),
    Action.BOOK: (
        Parameter("start", description=f"One of the free times, {_TIME}."),
        Parameter("caller_name", description="The caller's name, as they gave it."),
        Parameter("email", description="Their e-mail address, if given.", is_required=False),
        Parameter(
            "phone",
            description=(
                "Their number with country code, as in +491711234567, if it is not the one they "
                "call from."
            ),
            is_required=False,
        ),
        Parameter("note", description="What it is about.", is_required=False),
    ),
    Action.MOVE: (
        Parameter("new_start", description=f"One of the free times, {_TIME}."),
        _BOOKED,
    ),
    Action.CANCEL: (_BOOKED,),
}
_DESCRIPTIONS: Final = {
    Action.FREE: "Look up free times. Offer none that this has not given.",
    Action.FIND: "Look up the bookings of the caller, by the number they call from.",
    Action.BOOK: "Book one of the free times, once the caller has chosen it and given a name.",
    Action.MOVE: "Move the caller's booking to another free time.",
    Action.CANCEL: "Cancel the caller's booking.",
}
_CHANGING: Final = (Action.FIND, Action.MOVE, Action.CANCEL)


def expanded(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions with each calendar replaced by its tools; of two with a name, the first."""
    found: dict[str, Definition] = {}
    for definition in definitions:
        for each in tools_of(definition):
            found.setdefault(each.name, each)
    return tuple(found.values())


def tools_of(definition: Definition) -> tuple[Definition, ...]:
    """The tools of a calendar, in order; anything else is one tool by itself."""
    calendar = definition.calendar
    if calendar is None or calendar.action is not Action.ALL:
        return (definition,)
    actions = [
        action for action in _PARAMETERS if calendar.is_changeable or action not in _CHANGING
    ]
    return tuple(action_of(definition, action) for action in actions)


def action_of(definition: Definition, action: Action) -> Definition:
    """The tool of a calendar that does `action`."""
    if definition.calendar is None:
        raise ValueError(definition.name)
    writes = action in WRITING
    return replace(
        definition,
        name=f"{definition.name}_{action}",
        description=f"{_DESCRIPTIONS[action]} {definition.description}",
        parameters=_PARAMETERS[action],
        writes=writes,
        asks_first=writes and definition.asks_first,
        calendar=replace(definition.calendar, action=action),
    )
