"""Files and sites imported as facts or documents, each shown before it is taken."""

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.members import asking
from accounts.members.organizations import create_organization
from accounts.members.trust import FILES_A_MINUTE, SITES_AN_HOUR
from accounts.models import AuditEntry
from agents.compiler.process import compiler
from agents.facts import importing, site_readings
from agents.facts.models import SiteReading
from agents.versions.drafts import draft_of
from agents.versions.publishing import create_agent, publish
from testing.office import Office, browser_of
from testing.pdf import pdf_of
from usage import tasks
from voicex import fence

PRICES = pdf_of(["Prices: A check-up costs 80 dollars.", "Guarantee: Two years."], title="List")
HOME = "https://example.com/"


@pytest.fixture
def acorn(cast):
    cache.clear()
    office = Office(cast.acorn)
    publish(office.agent, settings={"documents": {"text": "# Old\nAs before."}})
    yield office
    importing.file_reader.close()


def page(office, path="import/"):
    return office.url(f"agents/{office.agent.public_id}/facts/{path}")


def sent(content=PRICES, **more):
    return {"pdf": SimpleUploadedFile("prices 2026.pdf", content), **more}


def follow(browser, office, **more):
    started = browser.post(page(office), {"url": HOME, "whole_site": "on", **more})
    assert started.status_code == 302
    return started.url


@pytest.fixture
def site(monkeypatch):
    pages = {"robots.txt": None, "sitemap.xml": f"<urlset><url><loc>{HOME}faq</loc></url></urlset>"}
    pages |= {"": "<h1>Hours</h1><p>Nine to five</p>", "faq": "<h1>Pets</h1><p>No <b>dogs</b></p>"}

    def fetch(url, *, accept, bounds):
        text = pages[url.removeprefix(HOME)]
        return fence.Response(200 if text else 404, "text/html", (text or "").encode())

    monkeypatch.setattr(importing, "fetch", fetch)


def test_a_pdf_gives_facts_and_each_is_shown_first(cast, acorn):
    browser = browser_of(cast.bob)
    shown = browser.post(page(acorn), sent())
    assert shown.context["rows"][0] == ("Prices", "A check-up costs 80 dollars.")
    assert draft_of(acorn.agent) is None
    for _ in range(FILES_A_MINUTE):
        last = browser.post(page(acorn), sent(b"GIF"))
    assert last.status_code == 422
    assert "Too many tries" in last.text


def test_a_pdf_becomes_a_document_behind_those_that_there_are(cast, acorn):
    browser = browser_of(cast.bob)
    shown = browser.post(page(acorn), sent(take_as="documents"))
    [(title, text)] = shown.context["rows"]
    assert title == "List"
    taken = {"view": shown.context["view"], "take_as": "documents", "take-0": "on"}
    added = taken | {"topic-0": title, "answer-0": f"# {text}"}
    assert browser.post(page(acorn, "add/"), added).status_code == 302
    written = draft_of(acorn.agent).fields["settings"]["documents"]["text"]
    assert written.startswith("# Old\nAs before.\n\n# List\nPrices: A check-up costs 80 dollars.")
    assert AuditEntry.objects.filter(action="documents.imported", actor=cast.bob).exists()


@pytest.mark.parametrize(
    ("title", "text", "says"),
    [
        ("", "x", "Enter a title"),
        ("List", " ", "Enter a text for “List”"),
        ("List", "x" * 60_000, "at most 60,000"),
        ("List", "\n".join(f"x\n# {number}" for number in range(30)), None),
    ],
)
def test_documents_that_cannot_be_are_refused_and_stay_on_the_page(cast, acorn, title, text, says):
    browser = browser_of(cast.bob)
    view = browser.get(page(acorn)).context["view"]
    taken = {"view": view, "take_as": "documents", "take-0": "on", "topic-0": title}
    answer = browser.post(page(acorn, "add/"), taken | {"answer-0": text})
    assert answer.status_code == (422 if says else 302)
    if says:
        assert says in answer.text
        assert answer.context["rows"] == [(title, text)]
        assert 'value="documents" selected' in answer.text
        assert draft_of(acorn.agent) is None


def test_after_an_error_the_same_rows_are_ticked_as_before(cast, acorn):
    browser = browser_of(cast.bob)
    rows = {f"{name}-{number}": "" for name in ("topic", "answer") for number in (0, 2, 3)}
    answer = browser.post(page(acorn, "add/"), {"view": "", "take-2": "on", **rows})
    assert answer.status_code == 422
    ticked = re.findall(r'name="take-(\d)"( checked)?', answer.text)
    assert ticked == [("0", ""), ("1", " checked"), ("2", "")]


def test_a_row_that_cannot_be_a_fact_is_named_above_the_rows(cast, acorn):
    browser = browser_of(cast.bob)
    view = browser.get(page(acorn)).context["view"]
    rows = {"topic-0": "Parking", "answer-0": "Behind.", "topic-1": "Is there a pool?"}
    ticked = {"take-0": "on", "take-1": "on", "answer-1": " ", "view": view}
    answer = browser.post(page(acorn, "add/"), rows | ticked)
    assert answer.status_code == 422
    assert "“Is there a pool?”: " in html.unescape(answer.text.partition("<fieldset>")[0])
    assert not answer.context["form"].errors


def test_a_site_is_read_in_a_worker_and_followed_on_a_page(cast, acorn, site):
    browser = browser_of(cast.bob)
    url = follow(browser, acorn)
    assert url == follow(browser, acorn)  # one at a time
    for other in ({"url": f"{HOME}faq"}, {"take_as": "documents"}):
        refused = browser.post(page(acorn), {"url": HOME, "whole_site": "on", **other})
        assert "Another site is being read" in refused.text
        assert f'value="{other.get("url", HOME)}"' in refused.text
    waiting = browser.get(url)
    assert "hx-get" in waiting.text
    assert "Nine to five" not in waiting.text
    assert not site_readings.read_next(now=timezone.now())
    done = " ".join(browser.get(url).text.split())
    assert 'hx-trigger="every 2s"' not in done
    assert "2 of 2 pages read" in done
    assert 'value="Pets"' in done
    assert "No dogs" in done
    assert draft_of(acorn.agent) is None
    assert AuditEntry.objects.get(action="facts.site_read").target == "example.com"


def test_what_was_found_on_a_site_is_of_its_agent_and_for_a_day(cast, acorn, site):
    url = follow(browser_of(cast.bob), acorn, take_as="documents")
    site_readings.read_next(now=timezone.now())
    assert 'name="take_as" value="documents"' in browser_of(cast.bob).get(url).text
    assert browser_of(cast.charlie).get(url).status_code == 404
    SiteReading.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.forget_discarded_drafts()
    assert browser_of(cast.bob).get(url).status_code == 404


def test_a_reading_that_breaks_or_is_lost_says_so(cast, acorn, monkeypatch):
    browser = browser_of(cast.bob)
    url = follow(browser, acorn)
    monkeypatch.setattr(importing, "fetch", lambda *_args, **_more: 1 / 0)
    site_readings.read_next(now=timezone.now())
    assert "be read completely" in browser.get(url).text
    SiteReading.objects.update(state="running", began_at=timezone.now())
    site_readings.sweep(now=timezone.now())
    assert "be read completely" not in browser.get(url).text
    site_readings.sweep(now=timezone.now() + site_readings.STALE_AFTER * 2)
    assert "be read completely" in browser.get(url).text


def test_sites_are_not_read_where_agents_texts_are(cast, acorn, site, monkeypatch):
    follow(browser_of(cast.bob), acorn)
    monkeypatch.setattr(compiler, "ask", pytest.fail)
    site_readings.read_next(now=timezone.now())
    assert SiteReading.objects.get().rows


def test_sites_are_read_some_times_an_hour_and_of_all_organizations(cast, acorn, site):
    browser = browser_of(cast.bob)
    for _ in range(SITES_AN_HOUR):
        follow(browser, acorn)
        site_readings.read_next(now=timezone.now())
    refused = browser.post(page(acorn), {"url": HOME, "whole_site": "on"})
    assert "Try again in an hour" in refused.text
    assert SiteReading.objects.count() == site_readings.READINGS
    # The one that was served last waits for the other.
    birch = Office(cast.birch).agent
    now = timezone.now()
    first, other = (
        SiteReading.objects.create(agent=agent, url=HOME, created_at=now)
        for agent in (acorn.agent, birch)
    )
    assert site_readings.read_next(now=now)
    other.refresh_from_db()
    first.refresh_from_db()
    assert (other.state, first.state) == ("done", "waiting")


def test_the_site_of_who_was_served_longest_ago_is_next(cast, acorn, site):
    now = timezone.now()
    new = create_organization(name="Third", owner=cast.olga)
    third = create_agent(new, name="Third", greeting="Hello.")
    for agent, ago in ((acorn.agent, 1), (Office(cast.birch).agent, 2)):
        began_at = now - timedelta(minutes=ago)
        SiteReading.objects.create(
            agent=agent, url=HOME, state="done", created_at=began_at, began_at=began_at
        )
        SiteReading.objects.create(agent=agent, url=HOME, created_at=now)
    waits = SiteReading.objects.create(agent=third, url=HOME, created_at=now)
    site_readings.read_next(now=now)
    waits.refresh_from_db()
    assert waits.state == "done"


def test_no_page_is_read_while_too_many_servers_are_asked(cast, acorn, site, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    answer = browser_of(cast.bob).post(page(acorn), {"url": HOME})
    assert "Too many requests to other servers" in answer.text
    assert f'value="{HOME}"' in answer.text  # it is not typed again
