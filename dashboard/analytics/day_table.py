"""The rows of the table of figures by day.

Made here and not by a template, in which ninety rows of eight cells took a quarter of the page's
time.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.labels import grouped
from usage.analytics.figures import Figures

OUTCOMES: Final[Sequence[tuple[str, Promise]]] = (
    ("answered", gettext_lazy("Answered")),
    ("message", gettext_lazy("Message taken")),
    ("transferred", gettext_lazy("Transferred")),
    ("not_helped", gettext_lazy("Not helped")),
    ("abandoned", gettext_lazy("Hung up early")),
)
_COUNTS: Final = (
    ("calls", gettext_lazy("Calls")),
    ("minutes", gettext_lazy("Minutes")),
    *OUTCOMES,
)


def rows(by_day: Iterable[tuple[date, Figures]]) -> SafeString:
    """A row for each day or week, in that order, with the columns of the page's table."""
    labels = [str(label) for _name, label in _COUNTS] + [_("Response time")]
    names = [name for name, _label in _COUNTS]
    pattern = _("D j M")

    def cells(of: Figures) -> SafeString:
        values = [grouped(getattr(of, name)) for name in names]
        values.append("\u2013" if of.median_ms is None else f"{grouped(of.median_ms)} ms")
        cell = '<td data-label="{}" class="number">{}</td>'
        return format_html_join("", cell, zip(labels, values, strict=True))

    row = '<tr><th scope="row">{}</th>{}</tr>'
    return format_html_join("", row, ((date_format(day, pattern), cells(of)) for day, of in by_day))
