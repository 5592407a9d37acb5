"""A stolen session sends neither callers nor their messages to a new place, by whatever page."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry
from agents.models import Agent
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.publishing import publish
from testing.cast import PASSWORD
from testing.office import Office, browser_of

LONG_AGO = 100_000  # seconds since the log-in
OUTSIDE = {"messages": {"notify": "desk@outside.example"}}
NUMBER = {"transfers": {"targets": "Sales = +1 415 555 0100; orders"}}
ADDED = ("agent.recipient_added", "agent.number_added")


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def office(cast):
    return Office(cast.acorn)


@pytest.fixture
def stale(cast):
    return browser_of(cast.bob, logged_in_ago=LONG_AGO)


def page_of(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/{path}")


def sends_draft(office, browser, settings):
    """Publish a draft with these settings, as its page does."""
    agent = Agent.objects.get(pk=office.agent.pk)
    save_draft(agent, actor=None, view=view_of(agent, draft_of(agent)), settings=settings)
    view = view_of(agent, draft_of(agent))
    return browser.post(page_of(office, "publish/"), {"view": view, "note": ""})


def is_asked(response):
    return response.status_code == 302 and "reauthenticate" in response.url


def published(office):
    return Agent.objects.get(pk=office.agent.pk).published


def added():
    entries = AuditEntry.objects.filter(action__in=ADDED).order_by("pk")
    return [(each.action, each.target, each.actor and each.actor.email) for each in entries]


@pytest.mark.parametrize("chosen", [OUTSIDE, NUMBER])
def test_publishing_a_new_place_asks_an_old_session(office, stale, chosen):
    assert is_asked(sends_draft(office, stale, chosen))
    assert (published(office).number, added()) == (1, [])


def test_after_the_password_it_is_published_named_and_told(
    office, stale, django_capture_on_commit_callbacks
):
    asked = sends_draft(office, stale, OUTSIDE | NUMBER)
    with django_capture_on_commit_callbacks(execute=True):
        done = stale.post(asked.url, {"password": PASSWORD})
    assert done.url == page_of(office)
    assert published(office).messages.notify == "desk@outside.example"
    assert added() == [
        ("agent.recipient_added", f"desk@outside.example: {office.agent}", "bob@example.com"),
        ("agent.number_added", f"+14155550100: {office.agent}", "bob@example.com"),
    ]
    [told] = mail.outbox
    assert told.to == ["alice@example.com"]
    for said in ("desk@outside.example", "+14155550100", str(office.agent), "bob@example.com"):
        assert said in told.body
    assert "&" not in told.body


def test_what_is_published_already_or_taken_away_asks_for_nothing(office, stale):
    publish(office.agent, settings=OUTSIDE | NUMBER)
    before = added()
    again = {"messages": {"notify": "DESK@outside.example"}, "transfers": {"targets": ""}}
    assert sends_draft(office, stale, again).url == page_of(office)
    assert (published(office).number, added()) == (3, before)


def test_members_own_addresses_ask_for_nothing(cast, office, stale):
    EmailAddress.objects.create(user=cast.vera, email="vera@example.com", verified=True)
    # Bob's own is not confirmed: who signs up names it for their first agent.
    own = {"messages": {"notify": "Vera@example.com, bob@example.com"}}
    assert sends_draft(office, stale, own).url == page_of(office)
    assert added() == []


def test_an_address_that_a_colleague_never_confirmed_is_outside(office, stale):
    assert is_asked(sends_draft(office, stale, {"messages": {"notify": "adam@example.com"}}))


def test_an_address_of_a_member_of_another_organization_is_outside(cast, office, stale):
    EmailAddress.objects.create(user=cast.charlie, email="charlie@example.com", verified=True)
    assert is_asked(sends_draft(office, stale, {"messages": {"notify": "charlie@example.com"}}))


def test_restoring_a_version_that_had_the_place_asks(office, stale):
    publish(office.agent, settings=OUTSIDE)
    publish(office.agent, settings={"messages": {"notify": None}})
    assert is_asked(stale.post(page_of(office, "versions/2/restore/"), {"note": ""}))
    assert published(office).number == 3


def test_a_duplicate_is_an_agent_with_new_places(office, stale):
    publish(office.agent, settings=OUTSIDE)
    assert is_asked(stale.post(page_of(office, "duplicate/"), {"name": "Copy"}))
    assert Agent.objects.count() == 1


@pytest.mark.parametrize("chosen", [OUTSIDE, NUMBER])
def test_a_file_with_a_new_place_asks_and_is_chosen_once_more(office, stale, chosen):
    page = office.url("agents/import/")
    content = {"format": "voicex-agent", "format_version": 1, "name": "Copy"} | chosen
    sent = {"file": SimpleUploadedFile("a.json", json.dumps(content).encode()), "name": ""}
    asked = stale.post(page, sent)
    assert is_asked(asked)
    done = stale.post(asked.url, {"password": PASSWORD}, follow=True)
    assert (done.redirect_chain[-1][0], done.status_code) == (page, 200)  # no form without its file
    assert Agent.objects.count() == 1
    sent["file"].seek(0)
    stale.post(page, sent)
    assert Agent.objects.filter(name="Copy").exists()


def test_what_sends_nobody_elsewhere_is_published_by_an_old_session(office, stale):
    assert sends_draft(office, stale, {"turn_taking": {"pause_ms": 96}}).url == page_of(office)
