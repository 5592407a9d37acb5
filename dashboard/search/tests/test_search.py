"""Search over everything: what is found, by whom, and that it is bounded work."""

import pytest
from django.utils import timezone

from agents.versions.publishing import publish
from testing.office import Office, browser_of
from usage.models import CallAnalysis, Message
from usage.reads import everything
from usage.reads.everything import search


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    for number, caller in enumerate(("+12025550143", "+493055512")):
        call = office.rings(f"CA{number}", caller=caller)
        CallAnalysis.objects.create(
            call=call, outcome="answered", reason="Opening hours", made_at=timezone.now(),
            summary=f"They asked about invoice {number} and were told.",
        )  # fmt: skip
    Message.objects.create(
        call=call, key="c", name="Ann Lee", text="The boiler leaks.", taken_at=timezone.now()
    )
    return office


def page(who, office, words):
    return browser_of(who).get(office.url("search/"), {"q": words}).text


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ("(202) 555-0143", ["CA0"]),
        ("+4930555", ["CA1"]),
        ("CA1", ["CA1"]),
        ("INVOICE 1", ["CA1"]),
        ("opening invoice", ["CA1", "CA0"]),
        ("invoice boiler", []),
        ("x", []),
        ("\x00", []),
    ],
)
def test_calls_are_found_by_number_id_and_words_of_their_summary(acorn, words, calls):
    found = search(acorn.org, words, may_read_prompts=False)
    assert [call.call_sid for call in found.calls] == calls


def test_messages_agents_and_pages_are_found(cast, acorn):
    text = page(cast.adam, acorn, "boiler")
    assert "Ann Lee" in text
    assert "Nothing found" not in text
    assert acorn.url(f"agents/{acorn.agent.public_id}/") in page(cast.vera, acorn, acorn.agent.name)
    assert acorn.url("usage/") in page(cast.vera, acorn, "invoice cost").split("<main")[1]


def test_a_viewer_finds_no_facts_and_no_page_of_admins(cast, acorn):
    publish(acorn.agent, greeting="Hello.", facts="Parking: behind the house")
    assert "behind the house" in page(cast.bob, acorn, "parking house")
    assert "behind the house" not in page(cast.vera, acorn, "parking house")
    audit = acorn.url("audit/")
    assert audit in page(cast.adam, acorn, "audit").split("<main")[1]
    assert audit not in page(cast.vera, acorn, "audit").split("<main")[1]


def test_another_organizations_rows_are_not_found(cast, acorn):
    birch = Office(cast.birch)
    for words in ("invoice", "boiler", "+4930555", "CA1"):
        found = search(birch.org, words, may_read_prompts=True)
        assert [*found.calls, *found.messages, *found.facts] == []


def test_no_more_than_the_newest_are_searched(acorn, monkeypatch):
    monkeypatch.setattr(everything, "LOOKED_THROUGH", 1)
    Message.objects.create(
        call=acorn.org.calls.first(), key="d", text="Newer", taken_at=timezone.now()
    )
    found = search(acorn.org, "leaks", may_read_prompts=False)
    assert found.messages == []
    assert len(search(acorn.org, "invoice", may_read_prompts=False).calls) == 1


def test_every_page_has_the_search_and_the_help(cast, acorn):
    text = browser_of(cast.vera).get(acorn.url()).text
    assert f'action="{acorn.url("search/")}"' in text
    assert 'id="shortcuts"' in text
    assert "Nothing found for \u201c&lt;b&gt;\u201d" in page(cast.vera, acorn, "<b>")
