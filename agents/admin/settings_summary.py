"""What a version says, on a page of the admin: read-only, every setting of the table."""

from django.template.defaultfilters import linebreaks_filter
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.models import AgentVersion
from agents.settings.summary import SummarySection, summary_of


def said_in_html(version: AgentVersion | None) -> SafeString:
    """Its settings by section; nothing of no version."""
    sections = summary_of(version) if version else []
    return format_html_join("", "{}", ((_section(each),) for each in sections))


def _section(section: SummarySection) -> SafeString:
    rows = ((row.label, linebreaks_filter(row.value)) for row in section.rows)
    listed = format_html_join("", "<dt><strong>{}</strong></dt><dd>{}</dd>", rows)
    return format_html('<h2 class="font-semibold">{}</h2><dl>{}</dl>', section.title, listed)
