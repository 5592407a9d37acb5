"""Range and prefix conditions on text that use an index in spite of row-level security.

PostgreSQL lets an index serve a condition on a protected table only where the condition's operators
are known to tell nothing of rows that it refuses ("leakproof"). LIKE and regular expressions are
not; the comparisons of an index with `varchar_pattern_ops` are, and a prefix can be written as a
range.
"""

from typing import Any, Final

from django.db.models import F, Lookup

_LAST: Final = chr(0x10FFFF)
_SURROGATES: Final = range(0xD800, 0xE000)  # surrogates are not characters


class Within(Lookup):
    """A lookup: whether the column is in the half-open range (first, after). after: None for no
    end.

    Compares by code point, case-sensitive.
    """

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """SQL for SQLite, which compares text by bytes by default."""
        column, params = self.process_lhs(compiler, connection)
        least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
        first, after = self.rhs
        if after is None:
            return f"{column} {least} %s", [*params, first]
        return f"({column} {least} %s AND {column} {below} %s)", [*params, first, *params, after]


def within(column: str, first: str, after: str | None) -> Within:
    """The condition `first` <= `column` < `after`."""
    return Within(F(column), (first, after))


def begins(column: str, text: str) -> Within:
    """The condition that `column` starts with `text`."""
    return within(column, *range_of(text))


def range_of(beginning: str) -> tuple[str, str | None]:
    """The half-open range of all texts with this prefix. Its end is None if no text sorts after
    them.
    """
    kept = beginning.rstrip(_LAST)
    if not kept:
        return beginning, None
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return beginning, kept[:-1] + chr(following)
