"""Shared helpers for OpenAPI documents: texts and names. Pure."""

import re
from collections.abc import Iterable
from typing import Any, Final

from agents.http_tools import limits
from agents.speech.reply.hanging_up import is_mark

_WORD_ENDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


def text_of(value: Any) -> str:
    """A scalar as text; "" for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def clean_name(text: str) -> str:
    """`text` as a name of a tool, a parameter or a secret: "orderId" is order_id."""
    lowered = _WORD_ENDS.sub("_", text[:200]).lower()
    name = _NO_NAME.sub("_", lowered).strip("_")
    if not name[:1].isalpha():
        name = f"x_{name}"
    return name[: limits.NAME].rstrip("_")


class Names:
    """Names that are given once. taken: by others."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def take(self, text: str) -> str:
        """`text` as a name that is free."""
        name = wanted = clean_name(text)
        number = 1
        while name in self._taken or is_mark(name):
            number += 1
            ending = f"_{number}"
            name = wanted[: limits.NAME - len(ending) - 2] + (
                f"_x{ending}" if is_mark(wanted) else ending
            )
        self._taken.add(name)
        return name
