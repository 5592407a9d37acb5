"""Makes text and JSON storable in every database. Pure.

Models, recognisers and carriers may send any text. PostgreSQL refuses NUL, lone surrogates cannot
be encoded, and JSON has neither NaN nor unbounded numbers.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

LARGEST_INTEGER: Final = 2**63 - 1
MOST_LEVELS: Final = 20

_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")


def storable_text(text: str) -> str:
    """`text` without NUL. A surrogate pair becomes one character, a lone surrogate U+FFFD."""
    text = text.replace("\0", "")
    if text.isascii() or not _HALF_A_PAIR.search(text):
        return str(text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable_json(value: Any, *, levels: int = MOST_LEVELS) -> Any:
    """`value` as JSON that can be stored and read again.

    NaN, infinities, values of other types, and values nested deeper than `levels` become null. An
    integer beyond 64 bits becomes the nearest one within.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, int):
        return max(-LARGEST_INTEGER, min(int(value), LARGEST_INTEGER))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if levels <= 0:
        return None
    if isinstance(value, Mapping):
        return {
            storable_text(str(name)): storable_json(each, levels=levels - 1)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [storable_json(each, levels=levels - 1) for each in value]
    return None
