"""The part of a JSON answer that a path names, such as `data.items[0].name`. Pure."""

import re
from typing import Any, Final

# Dots and brackets; a name may have any letters but these.
_STEP: Final = re.compile(r"\.?([^.\[\]\s]{1,60})|\[(\d{1,4})\]")
STEPS: Final = 20


class NotThere(LookupError):
    """The answer has nothing at the path."""


def steps_of(path: str) -> tuple[str | int, ...] | None:
    """The names and numbers of a path; None for what is none. "" has no steps."""
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None or len(steps) == STEPS or (not position and path.startswith(".")):
            return None
        steps.append(found[1] if found[2] is None else int(found[2]))
        position = found.end()
    return tuple(steps)


def pick(answer: Any, path: str) -> Any:
    """What is at `path` of a decoded answer. Raises NotThere."""
    found = answer
    for step in steps_of(path) or ():
        try:
            if isinstance(found, dict):
                found = found[str(step)]
            elif isinstance(found, list) and isinstance(step, int):
                found = found[step]
            else:
                raise NotThere(path)
        except (KeyError, IndexError) as error:
            raise NotThere(path) from error
    return found
