"""What a call came to: on its page, in the list, as a filter and in files."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import AgentVersion
from agents.versions.publishing import create_agent, publish
from testing.office import browser_of
from usage.models import CallAnalysis
from usage.reads.calls import listed_calls
from usage.reads.csv_rows import csv_head_of, csv_rows, declared_fields

SID = "CA" + "7" * 32


@pytest.fixture
def browser(cast):
    return browser_of(cast.vera)


def ended(office, sid=SID, *, ago=timedelta(hours=1), **analysis):
    call = office.rings(sid, now=timezone.now() - ago)
    office.says(call, 1, "Hello.")
    office.says(call, 2, "When are you open?")
    office.hangs_up(call, after=5)
    if analysis:
        given = {"outcome": "answered", "made_at": timezone.now()} | analysis
        CallAnalysis.objects.create(call=call, **given)
    return call


def test_the_page_begins_with_what_a_model_wrote(acorn, browser):
    ended(
        acorn, author="model", reason="opening hours", summary="They asked.", language="en",
        field_values=json.dumps([["Guests", 4], ["Wants a call back", True]]),
    )  # fmt: skip
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    for shown in ("Opening hours", "They asked.", "Guests", "Wants a call back", "yes", "Answered"):
        assert shown in text
    assert "Written by the language model" in text
    assert text.index("They asked.") < text.index("Transcript")


def test_what_rules_made_says_so(acorn, browser):
    ended(acorn, outcome="not_helped", summary="Do you sell skis?", reason="Do you sell skis")
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    assert "first request: “Do you sell skis?”. The agent couldn’t help." in text
    assert "Made by simple rules" in text


def test_what_a_model_writes_is_shown_as_text(acorn, browser):
    hostile = "<img src=x onerror=alert(1)>"
    ended(
        acorn, author="model", summary=hostile, reason=hostile,
        field_values=json.dumps([["A", hostile]]),
    )  # fmt: skip
    for page in (f"calls/{SID}/", "calls/", ""):
        assert "<img src=x" not in browser.get(acorn.url(page)).text


def test_a_call_that_has_just_ended_is_looked_at_again_for_its_summary(acorn, browser):
    ended(acorn, ago=timedelta(seconds=10))
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    assert "The summary appears here" in text
    assert "data-live=" in text
    ended(acorn, "CA" + "8" * 32, ago=timedelta(hours=2))
    text = browser.get(acorn.url(f"calls/CA{'8' * 32}/")).text
    assert "The summary appears here" not in text
    assert "data-live=" not in text


def test_the_list_has_outcome_and_reason_and_filters_by_them(acorn, browser):
    ended(acorn, "CAa", outcome="not_helped", reason="Skis for rent")
    ended(acorn, "CAb", outcome="answered", reason="Opening hours")
    ended(acorn, "CAc")
    text = browser.get(acorn.url("calls/")).text
    assert "Not helped" in text
    assert "Skis for rent" in text

    def found(query):
        page = browser.get(acorn.url(f"calls/?{query}")).text
        return {sid for sid in ("CAa", "CAb", "CAc") if f"/calls/{sid}/" in page}

    assert found("outcome=not_helped") == {"CAa"}
    assert found("reason=hours") == {"CAb"}
    assert found("outcome=answered&reason=skis") == set()
    assert browser.get(acorn.url("calls/?outcome=odd")).status_code == 422


def test_the_file_has_columns_for_it_and_for_the_declared_fields(acorn):
    acorn.agent.published = AgentVersion.objects.create(
        agent=acorn.agent, number=2, stt="local", llm="local", tts="local",
        settings={"after_call": {"fields": "Guests (number)\nVegan (yes/no)"}},
    )  # fmt: skip
    acorn.agent.save()
    ended(
        acorn, author="model", reason="A table", summary="They came.", language="de",
        field_values=json.dumps([["Guests", 4], ["Vegan", False], ["Gone", "x"]]),
    )  # fmt: skip
    fields = declared_fields(acorn.org)
    [cells] = csv_rows(acorn.org, list(listed_calls(acorn.org)), fields=fields)
    row = dict(zip(csv_head_of(fields), cells, strict=True))
    assert row["outcome"] == "answered"
    assert (row["reason"], row["summary"], row["language"]) == ("A table", "They came.", "de")
    assert (row["field: Guests"], row["field: Vegan"]) == (4, "no")
    assert "field: Gone" not in row


def test_fields_of_archived_agents_take_no_place_before_those_in_use(acorn, monkeypatch):
    monkeypatch.setattr("usage.reads.csv_rows.MOST_FIELDS", 1)
    fields = {"after_call": {"fields": "Old (number)"}}
    old = acorn.agent
    old.published = AgentVersion.objects.create(agent=old, number=2, settings=fields)
    old.archived_at = old.created_at
    old.save()
    young = create_agent(acorn.org, name="Young", greeting="Hi.")
    publish(young, settings={"after_call": {"fields": "New (number)"}})
    assert declared_fields(acorn.org) == ["New"]
