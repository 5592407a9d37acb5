"""The vectors of passages in the prepared form of a version. Pure.

One byte a dimension, all passages one behind the other, in base64: 140 KB for as many passages as
an agent may have. A form without them is whole, too: its passages are found by their words alone.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 384  # of one vector
VECTORS: Final = "vectors"  # in a prepared form

Passages = Sequence[Sequence[str]]  # title and text of each, as the form has them


def can_have(language: str) -> bool:
    """Whether passages in a language have vectors: the model that makes them knows English."""
    return language.partition("-")[0].lower() == "en"


def rows_of(prepared: Mapping[str, Any] | None) -> dict[tuple[str, ...], bytes]:
    """The vectors that a form has, by title and text."""
    if not prepared or not prepared.get(VECTORS):
        return {}
    packed = base64.b64decode(prepared[VECTORS])
    rows = (packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH))
    return dict(zip(map(tuple, prepared["passages"]), rows, strict=False))


def is_due_after(
    prepared: dict[str, Any], earlier: Mapping[str, Any] | None, *, language: str
) -> bool:
    """Take over the vectors of an earlier form where it has all; whether they must be made."""
    passages = [tuple(each) for each in prepared["passages"]]
    if not passages or not can_have(language):
        return False
    known = rows_of(earlier)
    if any(passage not in known for passage in passages):
        return True
    prepared[VECTORS] = joined([known[passage] for passage in passages])
    return False


def joined(rows: Sequence[bytes]) -> str:
    """Vectors as a form has them."""
    return base64.b64encode(b"".join(rows)).decode()
