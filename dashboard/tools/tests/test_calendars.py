"""The pages of calendars: connected, checked, tried without booking, kept with versions."""

import pytest
from django.core.cache import cache

from accounts.models import AuditEntry
from accounts.secrets import host_secrets
from agents.calendars.settings import Provider
from agents.http_tools import calling
from agents.http_tools.models import HttpTool
from agents.tools.registry import offered
from agents.versions.gate.gate import examine
from agents.versions.publishing import publish
from testing.calendars.google_server import SERVICE_ACCOUNT
from testing.office import Office, browser_of

WRITTEN = {
    "name": "visits",
    "description": "First visits.",
    "provider": "calcom",
    "calendar": "4711",
    "secret": "cal_key",
    "time_zone": "Europe/Berlin",
    "minutes": "30", "buffer_minutes": "10", "notice_hours": "2", "days": "30",
    "is_changeable": "on", "asks_first": "on",
}  # fmt: skip


@pytest.fixture
def office(cast):
    cache.clear()  # how often tools were tried
    host_secrets.store(
        cast.acorn, name="cal_key", host="api.cal.com", value="cal_live_0123456789", actor=None
    )
    return Office(cast.acorn)


@pytest.fixture
def bob(cast):
    return browser_of(cast.bob)


def connected(office, bob, **changed):
    """The stored calendar."""
    response = bob.post(office.url("tools/new/calendar/"), WRITTEN | changed)
    assert response.status_code == 302
    return HttpTool.objects.get()


def test_a_member_connects_a_calendar_and_changes_it(office, bob):
    tool = connected(office, bob)
    definition = tool.definition
    assert definition.url == "https://api.cal.com"
    assert (definition.writes, definition.asks_first) == (True, True)
    assert (definition.calendar.calendar, definition.calendar.buffer_minutes) == ("4711", 10)
    page = bob.get(office.url(f"tools/{tool.public_id}/")).text
    assert 'value="4711"' in page
    assert 'name="p0_name"' not in page
    assert "cal_live" not in page
    bob.post(office.url(f"tools/{tool.public_id}/"), WRITTEN | {"minutes": "45"})
    assert HttpTool.objects.get().definition.calendar.minutes == 45


def test_an_old_session_books_into_no_new_calendar(cast, office, bob):
    tool = connected(office, bob)
    stale = browser_of(cast.bob, logged_in_ago=100_000)
    page = office.url(f"tools/{tool.public_id}/")
    for address, name in ((page, "visits"), (office.url("tools/new/calendar/"), "others")):
        asked = stale.post(address, WRITTEN | {"calendar": "4712", "name": name})
        assert "reauthenticate" in asked.url
    assert stale.post(page, WRITTEN | {"minutes": "45"}).url == page
    bob.post(page, WRITTEN | {"calendar": "4712"})
    acts = AuditEntry.objects.filter(action__startswith="tool.").order_by("pk")
    assert [each.action for each in acts] == ["tool.created", "tool.changed", "tool.redirected"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"calendar": "first-visit"}, "number of the event type"),
        ({"secret": "other"}, "There is no secret other."),
        ({"provider": "google", "calendar": "a@example.com"}, "is for api.cal.com"),
        ({"provider": "google", "calendar": "a@example.com"}, "Say when bookings are possible"),
        ({"time_zone": "Berlin"}, "Use a name such as"),
        ({"hours": "always"}, "write it as"),
        ({"url": "http://10.0.0.1/"}, "must begin with https://"),
        ({"minutes": "0"}, "greater than or equal to 5"),
        ({"name": "a" * 25}, "24 characters"),
    ],
)
def test_what_is_wrong_is_said(office, bob, changed, said):
    response = bob.post(office.url("tools/new/calendar/"), WRITTEN | changed)
    assert response.status_code == 422
    assert said in response.text
    assert not HttpTool.objects.exists()


def test_trying_it_looks_up_free_times_and_books_nothing(office, bob, monkeypatch):
    tried = []

    async def call(definition, values, secrets, *, allow_private):
        tried.append((definition.calendar.action, values, dict(secrets)))
        return "Monday, May 4: 9 AM"

    monkeypatch.setattr(calling, "call", call)
    tool = connected(office, bob)
    page = bob.post(office.url(f"tools/{tool.public_id}/try/"), {"arg_day": "2026-05-04"})
    assert "Monday, May 4: 9 AM" in page.text
    assert tried == [("free_times", {"day": "2026-05-04"}, {"cal_key": "cal_live_0123456789"})]


def test_a_version_has_the_tools_of_the_calendar_and_says_when_its_key_is_gone(office, bob):
    connected(office, bob)
    version = publish(office.agent, settings={"tools": {"enabled": "visits"}})
    names = [tool.name for tool in offered(version.config())]
    assert names[-3:] == ["visits_book", "visits_move_booking", "visits_cancel_booking"]
    assert "visits" not in names
    host_secrets.clear(office.org, name="cal_key", actor=None)
    office.agent.refresh_from_db()
    found = {each.code for each in examine(office.agent, version)}
    assert "tool:visits:cal_key" in found


def test_the_key_of_a_service_account_is_saved_as_it_is_pasted(office, bob):
    pasted = SERVICE_ACCOUNT.replace(", ", ",\n  ")
    host = "oauth2.googleapis.com"
    host_secrets.store(office.org, name="google_key", host=host, value=pasted, actor=None)
    opened = host_secrets.opened(office.org.public_id, ["google_key"], host=host)
    assert opened == {"google_key": SERVICE_ACCOUNT}
    given = {"provider": Provider.GOOGLE, "calendar": "a@example.com", "secret": "google_key"}
    tool = connected(office, bob, hours="Mon-Fri 9-17", **given)
    assert calling.host_of(tool.definition) == host
