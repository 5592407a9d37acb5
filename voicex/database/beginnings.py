"""Texts of a range, and texts that begin so: found by an index although row-level security holds.

PostgreSQL lets an index serve a condition on a protected table only where the condition's
operators are known to tell nothing of rows that it refuses ("leakproof"). LIKE and regular
expressions are not; the comparisons of an index with `varchar_pattern_ops` are, and a beginning is
a range of them.
"""

from typing import Any, Final

from django.db.models import F, Lookup

_LAST: Final = chr(0x10FFFF)
_SURROGATES: Final = range(0xD800, 0xE000)  # no characters of a text


class Within(Lookup):
    """Whether the column on the left is in the range on the right: from the first text on, up to
    but without the second one, or without an end where that is None.

    In the order of characters, their case included.
    """

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The range as comparisons of bytes, which is SQLite's own order."""
        column, params = self.process_lhs(compiler, connection)
        least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
        first, after = self.rhs
        if after is None:
            return f"{column} {least} %s", [*params, first]
        return f"({column} {least} %s AND {column} {below} %s)", [*params, first, *params, after]


def within(column: str, first: str, after: str | None) -> Within:
    """The condition that `column` is from `first` on, and before `after`."""
    return Within(F(column), (first, after))


def begins(column: str, text: str) -> Within:
    """The condition that `column` begins with `text`."""
    return within(column, *range_of(text))


def range_of(beginning: str) -> tuple[str, str | None]:
    """The first text that begins so, and the first one behind all of them; None: there is none."""
    kept = beginning.rstrip(_LAST)
    if not kept:
        return beginning, None
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return beginning, kept[:-1] + chr(following)
