"""Crawls the pages of a website by its sitemap, and proposes facts from each.

Only what is on the site itself and what its robots.txt lets us read; bounded in pages, bytes and
time. Nothing is stored here, and no request is made but through what is handed in.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from agents.compiler.process import Compiler
from agents.documents.passages import MOST as MOST_DOCUMENTS
from agents.documents.passages import TEXT as DOCUMENTS
from agents.facts.proposing import MOST, Row
from agents.facts.sites import ADDRESS, ADDRESSES, MAP_BYTES
from voicex import fence
from voicex.errors import EndpointRefused, TaskFailed

PAGES: Final = 30  # that are read of one site
MAPS: Final = 5  # sitemaps that are read of it
HOPS: Final = 3  # redirects that are followed for one page, within the site
BYTES: Final = 6_000_000  # of all answers
SECONDS: Final = 90.0  # for all of it
PAGE_KINDS: Final = ("text/html", "application/xhtml+xml", "text/plain")
OK: Final = 200
AGENT: Final = "voicex"  # as which robots.txt may name us
ROBOTS: Final = 100_000  # characters of it that are read
RULES: Final = 500  # lines of it
GONE: Final = range(400, 500)  # of robots.txt: there is none, and all may be read

# Why nothing was read.
UNREACHABLE: Final = "unreachable"
FORBIDDEN: Final = "forbidden"
NO_PAGES: Final = "no_pages"

Fetch = Callable[[str, int], fence.Response]  # of an address and the bytes that it may have
Told = Callable[[int, int], bool]  # pages read, and to be read; False: no more of it is wanted


@dataclass(slots=True)
class Found:
    """What a site gave. problem: why nothing, "" where something was read."""

    rows: list[Row] = field(default_factory=list)
    read: int = 0  # pages
    known: int = 0
    problem: str = ""


class Crawl:
    """One reading of one site. fetch raises EndpointRefused; clock: seconds that only grow.

    Blocking, for a thread of its own.
    """

    def __init__(
        self, url: str, *, fetch: Fetch, child: Compiler, clock: Callable[[], float]
    ) -> None:
        self._url = _whole(url)
        self._site = _site_of(url)
        self._fetch = fetch
        self._child = child
        self._clock = clock
        self._ends_at = clock() + SECONDS
        self._bytes = BYTES
        self._rules = _rules_in("")  # until they are known

    def run(self, *, as_documents: bool, told: Told) -> Found:
        """Read the site: facts of its pages, or each page as a document."""
        found = Found()
        rules = self._robots()
        if rules is None:
            return Found(problem=UNREACHABLE)
        self._rules = rules
        pages = self._pages()
        allowed = self._chosen(pages)
        if not allowed:
            return Found(problem=FORBIDDEN if pages else NO_PAGES)
        found.known = len(allowed)
        rows: dict[Row, None] = {}
        for number, url in enumerate(allowed, 1):
            if not told(number - 1, found.known) or self._is_over() or _is_full(rows, as_documents):
                break
            answer = self._answer(url)
            if answer is not None and answer.content_type in PAGE_KINDS:
                found.read += 1
                rows |= dict.fromkeys(self._rows(url, answer, as_documents=as_documents))
        found.rows = list(_bounded(rows, as_documents=as_documents))
        if not found.read:
            found.problem = UNREACHABLE
        return found

    def _robots(self) -> RobotFileParser | None:
        """What robots.txt says, which may be nothing; None when the site cannot be reached."""
        answer = self._answer(urljoin(self._url, "/robots.txt"), statuses=(OK, *GONE))
        if answer is None:
            return None
        return _rules_in(answer.text() if answer.status == OK else "")

    def _pages(self) -> list[str]:
        """The addresses of the site's pages; the one that was named alone without a sitemap."""
        named = is_map(self._url)
        waiting = [self._url] if named else self._maps_in()
        found: dict[str, None] = {} if named else {self._url: None}
        for number, url in enumerate(waiting):
            if number >= MAPS or len(found) >= ADDRESSES or self._is_over():
                break
            if not self._is_here(url) or (answer := self._answer(url, most=MAP_BYTES)) is None:
                continue
            content = base64.b64encode(answer.body).decode()
            read = self._ask("site_map", {"content": content}) or {"pages": [], "maps": []}
            waiting += [each for each in read["maps"] if each not in waiting]
            found |= dict.fromkeys(_whole(each) for each in read["pages"])
        return [url for url in found if self._is_here(url)][:ADDRESSES]

    def _maps_in(self) -> list[str]:
        return [*(self._rules.site_maps() or [])[:MAPS], urljoin(self._url, "/sitemap.xml")]

    def _chosen(self, pages: list[str]) -> list[str]:
        """Those that are read: the named one first, then those near home, where callers' answers
        stand.
        """
        near = sorted(pages, key=lambda url: (url != self._url, urlsplit(url).path.count("/")))
        return list(islice((url for url in near if self._rules.can_fetch(AGENT, url)), PAGES))

    def _rows(self, url: str, answer: fence.Response, *, as_documents: bool) -> list[Row]:
        kind = "text" if answer.content_type == "text/plain" else "page"
        given = {"kind": kind, "text": answer.text()}
        if not as_documents:
            return [(topic, said) for topic, said in self._ask("propose", given) or []]
        read = self._ask("document", given) or {"text": ""}
        path = urlsplit(url).path.strip("/") or self._site
        return [(read["title"] or path[:100], read["text"])] if read["text"] else []

    def _answer(
        self, url: str, *, statuses: tuple[int, ...] = (OK,), most: int = 0
    ) -> fence.Response | None:
        """What the site answers, also behind redirects within it; None for anything else."""
        for _ in range(HOPS + 1):
            if self._is_over():
                return None
            try:
                answer = self._fetch(url, most)
            except EndpointRefused:
                return None
            self._bytes -= len(answer.body)
            if not 300 <= answer.status < 400:
                return answer if answer.status in statuses else None
            url = _leads_to(url, answer.headers.get("location", ""))
            if not self._is_here(url) or not self._rules.can_fetch(AGENT, url):
                return None
        return None

    def _ask(self, task: str, given: object) -> Any:
        """What the child makes of it; None for what it takes too long to read."""
        try:
            return self._child.ask(task, given)
        except TaskFailed:
            return None

    def _is_here(self, url: str) -> bool:
        return len(url) <= ADDRESS and _site_of(url) == self._site

    def _is_over(self) -> bool:
        return self._clock() > self._ends_at or self._bytes <= 0


def _rules_in(text: str) -> RobotFileParser:
    rules = RobotFileParser()
    rules.parse(text[:ROBOTS].splitlines()[:RULES])
    return rules


def is_map(url: str) -> bool:
    """Whether an address looks like that of a sitemap."""
    return _whole(url).lower().removesuffix(".gz").endswith(".xml")


def _whole(url: str) -> str:
    """The address without the part of the page that it names."""
    return url.partition("#")[0]


def _leads_to(url: str, location: str) -> str:
    """Where a redirect leads; "" for what is no address."""
    try:
        return _whole(urljoin(url, location))
    except ValueError:
        return ""


def _site_of(url: str) -> str:
    """What pages of one site have in common: scheme and host, with "www." or without."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = fence.host_of(url).removeprefix("www.")
    return urlunsplit((parts.scheme.lower(), host, "", "", "")) if host else ""


def _is_full(rows: dict[Row, None], as_documents: bool) -> bool:
    if as_documents:
        return len(rows) >= MOST_DOCUMENTS or sum(len(text) for _, text in rows) >= DOCUMENTS
    return len(rows) >= MOST


def _bounded(rows: dict[Row, None], *, as_documents: bool) -> Iterator[Row]:
    """As many as can be shown."""
    room = DOCUMENTS
    for number, (topic, text) in enumerate(rows):
        if number == (MOST_DOCUMENTS if as_documents else MOST) or (as_documents and room <= 0):
            return
        yield topic, text[:room] if as_documents else text
        room -= len(text)
