"""The page of results: pages of the product, calls, messages, agents, facts."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ, READ_PROMPTS, May, permissions_of
from dashboard.access_audit import record_messages_read
from dashboard.navigation import SECTIONS, Entry, Section, url_or_nothing
from dashboard.pages import MemberRequest, render_page
from usage.reads.everything import LONGEST, LOOKED_THROUGH, search

# Pages that are in no navigation, and other words for those that are.
OTHERS: Final[Sequence[Section]] = (
    Section(_("Missed callers"), "dashboard:missed_callers"),
    Section(_("New agent"), "dashboard:new_agent", needs="edit_agents"),
    Section(_("Import an agent"), "dashboard:import_agent", needs="edit_agents"),
    Section(_("Find a caller"), "dashboard:callers", needs="manage_organization"),
    Section(_("Twilio error codes"), "dashboard:error_codes"),
)
SYNONYMS: Final[Sequence[tuple[str | Promise, str]]] = (
    (_("invoice bill cost charges minutes money"), "dashboard:usage"),
    (_("report statistics figures busy hours outcomes"), "dashboard:analytics"),
    (_("people users roles invite colleague"), "dashboard:members"),
    (_("phone number twilio"), "dashboard:numbers"),
    (_("openai google password secret provider"), "dashboard:credentials"),
    (_("time zone retention delete recordings transcripts reminders"), "dashboard:settings"),
    (_("history changes who did what log"), "dashboard:audit"),
    (_("events slack server integration"), "dashboard:hooks"),
    (_("inbox voicemail callback"), "dashboard:messages"),
    (_("listen in hang up now"), "dashboard:live_calls"),
    (_("microphone talk test"), "dashboard:try_it"),
)


@require_safe
@member_required(READ)
def search_all(request: MemberRequest, org_id: str) -> HttpResponse:
    """The results of `?q=` in the organization."""
    text = request.GET.get("q", "")[:LONGEST].strip()
    may = permissions_of(request.membership)
    found = search(request.org, text, may_read_prompts=request.membership.is_at_least(READ_PROMPTS))
    if found.messages:
        record_messages_read(request)
    pages = pages_for(found.words, org_id, may=may)
    context = {
        "q": text,
        "found": found,
        "pages": pages,
        "is_empty": not (pages or found.calls or found.messages or found.agents or found.facts),
        "looked_through": LOOKED_THROUGH,
    }
    return render_page(request, "search.html", context)


def pages_for(words: Sequence[str], org_id: str, *, may: May) -> list[Entry]:
    """The pages whose name or synonyms contain all `words`; none for no words."""
    wanted = [word.casefold() for word in words]
    if not wanted:
        return []
    sections = [section for _label, group in SECTIONS for section in group]
    found = []
    for section in (*sections, *OTHERS):
        others = " ".join(str(text) for text, route in SYNONYMS if route == section.route)
        said = f"{section.label} {others}".casefold()
        is_allowed = not section.needs or getattr(may, section.needs)
        url = url_or_nothing(section.route, org_id) if is_allowed else ""
        if url and all(word in said for word in wanted):
            found.append(Entry(section.label, url, is_current=False))
    return found
