"""The zero in "+49 (0)30 1234567", which is dialled within the country only. Pure."""

import re
from typing import Final

# Italy's numbers keep theirs.
_TRUNK_ZERO: Final = re.compile(r"\A(\s*(?:\+|00)(?!39)[0-9]{1,3}\s?)\(0\)")


def without_trunk_zero(written: str) -> str:
    """A number as it is dialled from abroad; any other text as it is."""
    return _TRUNK_ZERO.sub(r"\1", written)
