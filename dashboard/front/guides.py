"""The handbook as pages: the files of docs/ for users and operators of the service, in English.

The files are part of the code and trusted; links to files that are not served are removed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER: Final = settings.BASE_DIR / "docs"
# By task; a page's title and first sentence are those of its file.
SHELVES: Final[Sequence[tuple[str | Promise, Sequence[str]]]] = (
    (_("Set up"), ("twilio", "ngrok", "agents", "engines", "organizations")),
    (
        _("Every day"),
        (
            *("dashboard", "try-it", "messages", "after-the-call", "analytics", "search"),
            *("recordings", "invoices", "privacy", "troubleshooting", "glossary"),
        ),
    ),
    (_("Connect"), ("tools", "transfers", "webhooks")),
    (_("Run a server"), ("deployment", "operating", "reliability", "security", "accounting")),
)
_NAMES: Final = frozenset(name for _shelf, names in SHELVES for name in names)
_HTML: Final = frozenset({"html_block", "html_inline"})  # comments, and nothing else


@dataclass(frozen=True, slots=True)
class Guide:
    """One page of the handbook. html: all but its title."""

    name: str
    title: str
    html: SafeString
    parts: Sequence[tuple[str, str]]  # of its second-level headings, the anchor and the words


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """The shelves of the handbook."""
    shelves = [(label, [guide_of(name) for name in names]) for label, names in SHELVES]
    return render(request, "front/guides.html", {"shelves": shelves})


@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """One page of the handbook; 404 for a name that is on no shelf."""
    if name not in _NAMES:
        raise Http404("No such guide")
    return render(request, "front/guide.html", {"guide": guide_of(name)})


@cache
def guide_of(name: str) -> Guide:
    """The page of docs/`name`.md."""
    parser = _parser()
    found = parser.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    tokens = [token for token in found if token.type not in _HTML]
    title, body = tokens[1].content, tokens[3:]  # the first heading is three tokens
    parts = []
    names: Counter[str] = Counter()
    for opened, inline in pairwise(body):
        if opened.type == "heading_open":
            words = "".join(each.content for each in inline.children or ())
            anchor = _anchor(slugify(words), names)
            opened.attrSet("id", anchor)
            if opened.tag == "h2":
                parts.append((anchor, words))
    for token in body:
        if token.children is not None:
            token.children = list(_leading(token.children))
    html = parser.renderer.render(body, parser.options, {})
    # Our own files, without the HTML in them.
    page = mark_safe(html)  # noqa: S308  # nosec B308, B703
    return Guide(name, title, page, parts)


def _anchor(name: str, names: Counter[str]) -> str:
    """The id of the next heading with the id `name`: "logs", then "logs-1", as on GitHub.

    names: ids of the previous headings.
    """
    names[name] += 1
    return name if names[name] == 1 else f"{name}-{names[name] - 1}"


def _leading(tokens: Iterable[Token]) -> Iterator[Token]:
    """The text with links to served pages; other links become words, pictures are removed."""
    is_out = False  # whether the open link is left out; links are not nested
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrs["href"]))
            is_out = not address
            token.attrs["href"] = address
        if (
            token.type == "image"
            or token.type in _HTML
            or (is_out and token.type in ("link_open", "link_close"))
        ):
            continue
        yield token


def _address(link: str) -> str:
    """The target of a file's link on this site; "" without one."""
    if link.startswith(("https://", "#")):
        return link
    path, mark, anchor = link.partition("#")
    name = path.removesuffix(".md")
    if name == path or name not in _NAMES:
        return ""
    return reverse("dashboard:guide", args=[name]) + mark + anchor


def _parser() -> MarkdownIt:
    """CommonMark and tables; wide content is in a scrollable element that takes the focus."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.add_render_rule("table_open", _table)
    parser.add_render_rule("table_close", _end_of_table)
    parser.add_render_rule("fence", _block)
    parser.add_render_rule("code_block", _block)
    return parser


def _table(*_unused: Any) -> str:
    return '<div class="narrow" tabindex="0"><table class="table">'


def _end_of_table(*_unused: Any) -> str:
    return "</table></div>"


def _block(_renderer: Any, tokens: Sequence[Token], index: int, *_unused: Any) -> str:
    return f'<pre class="block" tabindex="0"><code>{escape(tokens[index].content)}</code></pre>'
