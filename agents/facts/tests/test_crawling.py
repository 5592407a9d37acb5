"""The pages of a site, by its sitemap: within bounds, on the site alone, as robots.txt has it."""

import gzip
import time

import pytest

from agents.compiler.process import compiler
from agents.facts import crawling
from agents.facts.crawling import PAGES, Crawl
from voicex import fence
from voicex.errors import EndpointRefused

LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10)
)
BILLION_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY l0 "ha">' + LAUGHS + b"]><urlset><url><loc>&l9;</loc></url></urlset>"
)
HOME = "https://www.example.com/"


class Site:
    """Answers by path; whatever else is asked for is not there."""

    def __init__(self, **pages):
        self.asked = []
        self.pages = {"robots.txt": (404, "text/plain", b""), **pages}

    def fetch(self, url, most):
        self.asked.append(url)
        path = url.removeprefix(HOME).removeprefix("https://example.com/")
        answer = self.pages.get(path, (404, "text/html", b"gone"))
        if isinstance(answer, str):
            return fence.Response(301, "", b"", headers={"location": answer})
        return fence.Response(*answer)

    def read(self, url=HOME, *, as_documents=False, told=lambda read, known: True):
        crawl = Crawl(url, fetch=self.fetch, child=compiler, clock=time.monotonic)
        return crawl.run(as_documents=as_documents, told=told)


def html(topic, text="Nine to five."):
    return (200, "text/html", f"<h1>{topic}</h1><p>{text}</p><p>More.</p>".encode())


def map_of(*addresses, kind="urlset", entry="url"):
    said = "".join(f"<{entry}><loc> {each} </loc></{entry}>" for each in addresses)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return (200, "application/xml", f'<{kind} xmlns="{space}">{said}</{kind}>'.encode())


def index_of(*addresses):
    return map_of(*addresses, kind="sitemapindex", entry="sitemap")


def test_an_index_leads_to_compressed_maps_and_they_to_pages():
    packed = gzip.compress(map_of(f"{HOME}hours", "https://example.com/faq#top")[2])
    site = Site(**{
        "": html("Home"),
        "sitemap.xml": index_of(f"{HOME}pages.xml.gz", f"{HOME}sitemap.xml"),
        "pages.xml.gz": (200, "application/gzip", packed),
        "hours": html("Hours"),
        "faq": html("Parking", "Behind the house."),
    })  # fmt: skip
    steps = []
    found = site.read(told=lambda *said: steps.append(said) or True)
    assert [topic for topic, _ in found.rows] == ["Home", "Hours", "Parking"]
    assert found.rows[1] == ("Hours", "Nine to five. More.")
    assert (found.read, found.known, steps) == (3, 3, [(0, 3), (1, 3), (2, 3)])
    documents = site.read(f"{HOME}sitemap.xml", as_documents=True).rows
    assert ("Parking", "Behind the house.\n\nMore.") in documents


def test_only_the_site_itself_is_read():
    site = Site(**{
        "": html("Home"),
        "sitemap.xml": map_of("https://elsewhere.example/a", f"{HOME}moved", f"{HOME}left", "http://["),
        "moved": f"{HOME}here",
        "here": html("Here"),
        "left": "https://elsewhere.example/b",
    })  # fmt: skip
    found = site.read()
    assert [topic for topic, _ in found.rows] == ["Home", "Here"]
    assert not any("elsewhere" in url for url in site.asked)


def test_a_redirect_in_a_circle_ends():
    site = Site(**{"": html("Home"), "sitemap.xml": f"{HOME}sitemap.xml"})
    assert site.read().read == 1
    assert len(site.asked) < 10


def test_what_robots_forbids_is_not_read_nor_what_is_led_there():
    rules = b"User-agent: *\nDisallow: /staff\nSitemap: https://www.example.com/map.xml"
    site = Site(**{
        "robots.txt": (200, "text/plain", rules),
        "": html("Home"),
        "map.xml": map_of(f"{HOME}staff/rota", f"{HOME}about"),
        "about": f"{HOME}staff/about",
        "staff/rota": html("Rota"), "staff/about": html("Staff"),
    })  # fmt: skip
    assert [topic for topic, _ in site.read().rows] == ["Home"]
    site.pages["robots.txt"] = (200, "text/plain", b"User-agent: voicex\nDisallow: /")
    assert site.read().problem == crawling.FORBIDDEN


def test_a_large_site_is_read_as_far_as_it_may_be():
    many = [f"{HOME}p/{number}" for number in range(5 * PAGES)]
    pages = {f"p/{number}": html(f"Page {number}", "x") for number in range(5 * PAGES)}
    site = Site(**{"": html("Home"), "sitemap.xml": map_of(*many)}, **pages)
    found = site.read()
    assert (found.read, found.known) == (PAGES, PAGES)
    longest = {path: html(path, "word " * 3_000) for path in pages}
    site.pages |= longest
    texts = [text for _, text in site.read(as_documents=True).rows]
    assert sum(map(len, texts)) <= crawling.DOCUMENTS
    assert site.read(told=lambda read, known: read < 2).read == 2


@pytest.mark.parametrize("content", [
    BILLION_LAUGHS,
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
    gzip.compress(b"<urlset>" + b" " * 50_000_000),
    gzip.compress(b"<urlset>")[:12],
    b"\xff\xfe\x00", b"", b"<html><body>none</body></html>",
], ids=["laughs", "file", "bomb", "cut", "no text", "empty", "page"])  # fmt: skip
def test_a_hostile_map_is_none(content):
    site = Site(**{"": html("Home"), "sitemap.xml": (200, "application/xml", content)})
    assert site.read().read == 1


def test_a_site_that_is_slow_or_away_says_so():
    def away(url, most):
        raise EndpointRefused("unreachable")

    site = Site()
    site.fetch = away
    assert site.read().problem == crawling.UNREACHABLE
    now = iter(range(0, 100_000, 50))
    slow = Crawl(
        HOME, fetch=Site(**{"": html("Home")}).fetch, child=compiler, clock=lambda: next(now)
    )
    assert slow.run(as_documents=False, told=lambda *_: True).read == 0
