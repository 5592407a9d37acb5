"""The facts of an agent: searched, counted, and imported after a look at each."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.members.trust import PAGES_A_MINUTE
from accounts.models import AuditEntry
from agents.facts import importing
from agents.versions.drafts import draft_of
from agents.versions.publishing import publish
from testing.office import Office, browser_of
from voicex import fence
from voicex.errors import EndpointRefused

FACTS = "Is there parking? Where can I park?: Behind the house.\nPrices: 80 dollars.\nPets: No."


@pytest.fixture
def acorn(cast):
    cache.clear()
    office = Office(cast.acorn)
    publish(office.agent, facts=FACTS)
    return office


def page(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/facts/{path}")


def answers(monkeypatch, answer):
    asked = []

    async def ask(method, url, **how):
        asked.append((method, url))
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(importing.fence, "ask", ask)
    return asked


def test_each_fact_says_how_often_it_was_asked_for_this_week(cast, acorn):
    for sid, words in (("CA1", "where do I park"), ("CA2", "Is there any parking?"), ("CA3", "Hi")):
        call = acorn.rings(sid)
        acorn.says(call, 2, words)
        acorn.hangs_up(call)
    text = browser_of(cast.bob).get(page(acorn)).text
    assert "asked 2 times this week" in " ".join(text.split())
    assert text.count("this week") == 1


def test_facts_are_searched_by_their_words(cast, acorn):
    browser = browser_of(cast.bob)
    text = browser.get(page(acorn, "?q=DOLLARS prices")).text
    assert "80 dollars" in text
    assert "Behind the house" not in text
    assert "No fact has these words" in browser.get(page(acorn, "?q=<b>horse")).text


def test_rows_are_shown_before_any_is_taken(cast, acorn):
    shown = browser_of(cast.bob).post(page(acorn, "import/"), {"text": "Hours: <b>nine</b>"})
    assert 'value="Hours"' in shown.text
    assert "&lt;b&gt;nine" in shown.text
    assert draft_of(acorn.agent) is None


def test_those_that_are_ticked_are_in_the_draft_as_they_were_corrected(cast, acorn):
    browser = browser_of(cast.bob)
    table = SimpleUploadedFile("f.csv", b"Question,Answer\nHours,Nine\nFax,None\nName,Mia")
    shown = browser.post(page(acorn, "import/"), {"table": table})
    assert shown.text.count('name="take-') == 3
    sent = {
        "view": shown.context["view"],
        "take-0": "on", "topic-0": "Hours", "answer-0": "Nine to\nfive",
        "topic-1": "Fax", "answer-1": "None",
        "take-2": "on", "topic-2": "", "answer-2": "I am Mia.",
    }  # fmt: skip
    assert browser.post(page(acorn, "add/"), sent).status_code == 302
    facts = draft_of(acorn.agent).fields["facts"]
    assert facts == f"{FACTS}\nHours: Nine to five\nI am Mia."
    assert AuditEntry.objects.get(action="facts.imported").actor == cast.bob


@pytest.mark.parametrize(
    "content",
    [
        "Frage;Antwort\r\nParken?;Hinter dem Haus, grün".encode("cp1252"),
        "Frage\tAntwort\r\nParken?\tHinter dem Haus, grün".encode("utf-16"),
        "\ufeffsep=;\nFrage;Antwort\nParken?;Hinter dem Haus, grün".encode(),
    ],
    ids=["windows", "unicode text", "separator noted"],
)
def test_a_table_is_read_in_each_way_that_excel_saves_one(cast, acorn, content):
    sent = {"table": SimpleUploadedFile("f.csv", content)}
    shown = browser_of(cast.bob).post(page(acorn, "import/"), sent)
    assert shown.context["rows"] == [("Parken?", "Hinter dem Haus, grün")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + b"x" * 50, "Save it as CSV"),
        (b"%PDF-1.7", "This isn’t a CSV file"),
        (b"GIF89a\0\0", "This isn’t a CSV file"),
        (b"Question,Answer\n", "questions in its first column"),
        (b"".join(b"Q%d,A\n" % number for number in range(200)), "No more than 100 are shown"),
    ],
    ids=["workbook", "pdf", "picture", "no rows", "many rows"],
)
def test_a_file_that_is_no_table_says_what_to_do(cast, acorn, content, says):
    sent = {"table": SimpleUploadedFile("f.csv", content)}
    answer = browser_of(cast.bob).post(page(acorn, "import/"), sent)
    assert says in " ".join(answer.text.split())


def test_what_is_refused_is_still_there(cast, acorn):
    browser = browser_of(cast.bob)
    view = browser.get(page(acorn, "import/")).context["view"]
    sent = {"view": view, "take-0": "on", "topic-0": "x" * 200, "answer-0": "Nine"}
    refused = browser.post(page(acorn, "add/"), sent)
    assert refused.status_code == 422
    assert "x" * 200 in refused.text
    assert browser.post(page(acorn, "add/"), {"view": view}).status_code == 422
    assert draft_of(acorn.agent) is None


def test_a_web_page_is_read_through_the_fence(cast, acorn, monkeypatch):
    body = b"<h2>Hours</h2><p>Nine to five</p><script>x</script>"
    asked = answers(monkeypatch, fence.Response(200, "text/html", body))
    address = "https://example.com/faq"
    # As people say it: without the scheme.
    shown = browser_of(cast.bob).post(page(acorn, "import/"), {"url": " example.com/faq"})
    assert 'value="Hours"' in shown.text
    assert asked == [("GET", address)]
    assert AuditEntry.objects.get(action="facts.page_read").target == "example.com"


@pytest.mark.parametrize(
    ("url", "answer", "says"),
    [
        ("ftp://example.com", None, "begins with https://"),
        ("http://a", EndpointRefused("private"), "This address can’t be used"),
        ("http://a", EndpointRefused("too_large"), "The page is too large"),
        (
            "http://a",
            fence.Response(301, "", b"", headers={"location": "https://b/"}),
            "https://b/",
        ),
        ("http://a", fence.Response(404, "text/html", b""), "404"),
        ("http://a", fence.Response(200, "image/png", b""), "isn’t a web page"),
    ],
)
def test_a_page_that_cannot_be_read_says_why(cast, acorn, monkeypatch, url, answer, says):
    answers(monkeypatch, answer)
    refused = browser_of(cast.bob).post(page(acorn, "import/"), {"url": url})
    assert refused.status_code == 422
    assert says in refused.text


def test_pages_are_asked_for_ten_times_a_minute(cast, acorn, monkeypatch):
    asked = answers(monkeypatch, fence.Response(200, "text/plain", b"Hours: Nine"))
    browser = browser_of(cast.bob)
    for _ in range(PAGES_A_MINUTE + 1):
        last = browser.post(page(acorn, "import/"), {"url": "https://example.com"})
    assert "Too many tries" in last.text
    assert len(asked) == PAGES_A_MINUTE
