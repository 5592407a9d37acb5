"""The side navigation of an organization: its sections, in groups; and the way back to a list.

A section appears if its route exists and the member has its permission, so a new page is one more
row here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import May
from dashboard.icons import ICONS

Text = str | Promise
# The page and filters of a list, as the query of its address: a field of the forms in its rows, and
# part of the addresses of pages that its rows lead to. See `back_to`.
HERE: Final = "here"
LONGEST_PLACE: Final = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Section:
    """One entry: its label, the route it leads to, and the `May` attribute it needs ("" none)."""

    label: Text
    route: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One link as the page shows it."""

    label: Text
    url: str
    is_current: bool
    count: str | None = None  # of what waits there
    counted: Text = ""  # what is counted
    icon: str = ""  # a path of `dashboard.icons`


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one heading; the heading may be empty."""

    label: Text
    entries: Sequence[Entry]


SECTIONS: Final[Sequence[tuple[Text, Sequence[Section]]]] = (
    (
        "",
        (
            Section(_("Overview"), "dashboard:overview"),
            Section(_("Try it"), "dashboard:try_it", needs="try_agents"),
            Section(_("Agents"), "dashboard:agents"),
            Section(_("Tools"), "dashboard:tools", needs="edit_agents"),
        ),
    ),
    (
        _("Calls"),
        (
            Section(_("Live"), "dashboard:live_calls"),
            Section(_("Messages"), "dashboard:messages"),
            Section(_("All calls"), "dashboard:calls"),
            Section(_("Analytics"), "dashboard:analytics"),
            Section(_("Usage"), "dashboard:usage"),
            Section(_("Invoices"), "dashboard:invoices"),
        ),
    ),
    (
        _("Numbers and setup"),
        (
            Section(_("First call"), "dashboard:onboarding"),
            Section(_("Setup doctor"), "dashboard:doctor"),
            Section(_("Numbers"), "dashboard:numbers", needs="manage_organization"),
            Section(_("Webhook log"), "dashboard:attempts"),
        ),
    ),
    (
        _("Organization"),
        (
            Section(_("Team"), "dashboard:members"),
            Section(_("API keys"), "dashboard:keys", needs="see_keys"),
            Section(_("Outgoing webhooks"), "dashboard:hooks", needs="see_hooks"),
            Section(_("Credentials"), "dashboard:credentials", needs="manage_organization"),
            Section(_("Call limits"), "dashboard:limits", needs="manage_organization"),
            Section(_("Settings"), "dashboard:settings", needs="manage_organization"),
            Section(_("Audit log"), "dashboard:audit", needs="manage_organization"),
        ),
    ),
)


# What the counts beside sections are of, for who does not see where they stand.
COUNTED: Final[Mapping[str, Text]] = {
    "dashboard:messages": _("new"),
    "dashboard:live_calls": _("in progress"),
}


def navigation_of(
    org_id: str,
    *,
    may: May,
    path: str,
    counts: Mapping[str, str | None] | None = None,
    hidden: Collection[str] = (),
) -> list[Group]:
    """The groups that a member with `may` sees on the page at `path`; empty ones are left out.

    counts: the number of each entry, by its route. hidden: routes to leave out, unless their page
    is shown.
    """
    counts = counts or {}
    groups = []
    for label, sections in SECTIONS:
        found = [
            (section, url)
            for section in sections
            if (not section.needs or getattr(may, section.needs, False))
            and (url := url_or_nothing(section.route, org_id))
            and (section.route not in hidden or path.startswith(url))
        ]
        if found:
            groups.append((label, found))
    current = current_url((url for _label, found in groups for _section, url in found), path=path)
    return [
        Group(
            label,
            [
                Entry(
                    section.label,
                    url,
                    is_current=url == current,
                    count=counts.get(section.route),
                    counted=COUNTED.get(section.route, ""),
                    icon=ICONS.get(section.route, ""),
                )
                for section, url in found
            ],
        )
        for label, found in groups
    ]


def current_url(urls: Iterable[str], *, path: str) -> str:
    """The longest of `urls` that is a prefix of `path`: /calls/CA1/ belongs to /calls/.

    The shortest is the overview, a prefix of every page: it is current only if `path` equals it.
    """
    urls = list(urls)
    home = min(urls, key=len, default="")
    return max(
        (url for url in urls if url == path or (url != home and path.startswith(url))),
        key=len,
        default="",
    )


def url_or_nothing(route: str, *args: str) -> str:
    """The URL of a route, "" when there is no such route."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def place_of(request: HttpRequest) -> str:
    """The query of the list that this page is, or was reached from; "" for a list's beginning."""
    passed_on = request.POST.get(HERE) or request.GET.get(HERE, "")
    own = request.GET.urlencode() if request.method == "GET" else ""
    place = passed_on or own
    return place if len(place) <= LONGEST_PLACE else ""


def back_to(request: HttpRequest, home: str) -> str:
    """The list at the path `home`, at the page and with the filters that the request came from.

    For what is done to a row of a list: `{% here %}` in the form, or `{% from_here %}` in the link.
    What is passed is only ever a query, so it leads to nowhere but the list.
    """
    passed_on = request.POST.get(HERE) or request.GET.get(HERE, "")
    if not passed_on or len(passed_on) > LONGEST_PLACE:
        return home
    return f"{home}?{QueryDict(passed_on).urlencode()}"


def on_the_way(request: HttpRequest, page: str) -> str:
    """The path `page` of one row, so that what is done there leads back to the list (`back_to`)."""
    place = place_of(request)
    return f"{page}?{urlencode({HERE: place})}" if place else page
