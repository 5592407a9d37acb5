"""The pages of calendars: connected, checked, tried without booking, kept with versions."""

import pytest
from django.core.cache import cache
from django.utils.html import escape

from accounts.models import AuditEntry, Organization
from accounts.secrets import host_secrets
from agents.calendars.remedies import remedy_of, words_of
from agents.calendars.servers import CalendarFailed, CalendarWarning, Fault, Warned
from agents.calendars.settings import Provider
from agents.http_tools import calling, storing
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
        ({"time_zone": ""}, "This field is required."),
        ({"secret": ""}, "Enter the name of the calendar’s key."),
        ({"secret": "other"}, "for the host api.cal.com"),
        ({"url": "https://cal.example.com"}, "Save another secret for the host cal.example.com."),
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


@pytest.fixture
def answers(office, bob, monkeypatch):
    """A function that tries a connected calendar which fails with `fault`, and returns the page."""

    def tried(fault, **changed):
        async def call(*_, **__):
            raise CalendarFailed("The calendar said no.", fault)

        monkeypatch.setattr(calling, "call", call)
        tool = HttpTool.objects.first() or connected(office, bob, **changed)
        return bob.post(office.url(f"tools/{tool.public_id}/try/"), {}).text

    return tried


@pytest.mark.parametrize("fault", Fault)
def test_each_failure_of_a_trial_says_what_its_owner_can_do(answers, fault):
    page = answers(fault)
    assert "The calendar said no." in page
    assert ("It didn’t work" in page) is (fault is not Fault.NONE_FREE)
    definition = HttpTool.objects.get().definition
    assert escape(remedy_of(fault, definition)) in page
    assert len(remedy_of(fault, definition)) > 20


def test_a_member_who_reads_german_is_told_in_german(answers, office, bob):
    bob.cookies["django_language"] = "de"
    assert "neuen API-Schlüssel" in answers(Fault.KEY)


def test_of_a_server_of_ones_own_the_address_is_checked(answers, office):
    host_secrets.store(office.org, name="own_key", host="cal.example.com", value="k", actor=None)
    page = answers(Fault.UNREACHABLE, url="https://cal.example.com", secret="own_key")
    assert "the address of your own server" in page


def test_what_would_go_wrong_in_calls_is_shown_beside_free_times(office, bob, monkeypatch):
    async def call(*_, **__):
        return "Monday, May 4: 9 AM"

    async def warnings_of(*_, **__):
        return [CalendarWarning(kind, "45") for kind in Warned]

    monkeypatch.setattr(calling, "call", call)
    monkeypatch.setattr(storing, "warnings_of", warnings_of)
    tool = connected(office, bob)
    page = bob.post(office.url(f"tools/{tool.public_id}/try/"), {}).text
    assert "What would go wrong in calls" in page
    for kind in Warned:
        assert escape(words_of(CalendarWarning(kind, "45"), tool.definition)) in page


def test_a_calendar_is_connected_with_its_key_on_one_page(cast, office):
    alice = browser_of(cast.alice)
    given = {"name": "clean", "secret": "", "key_value": "cal_live_abc", "calendar": "9"}
    response = alice.post(office.url("tools/new/calendar/"), WRITTEN | given)
    assert response.status_code == 302
    assert HttpTool.objects.get().definition.calendar.secret == "clean_key"
    opened = host_secrets.opened(office.org.public_id, ["clean_key"], host="api.cal.com")
    assert opened == {"clean_key": "cal_live_abc"}
    assert AuditEntry.objects.filter(target__contains="clean_key").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hours": "always"}, "Enter the key again"),
        ({"secret": "own_key"}, "Choose another name for this key."),
        ({"key_value": "müsli"}, "letters, digits and symbols"),
        ({"secret": "Über"}, "lower-case letters"),
    ],
)
def test_of_a_calendar_that_is_refused_no_key_is_saved(cast, office, given, said):
    host_secrets.store(office.org, name="own_key", host="cal.example.com", value="k", actor=None)
    before = host_secrets.names_of(office.org)
    alice = browser_of(cast.alice)
    key = {"secret": "new_key", "key_value": "cal_live_abc"}
    response = alice.post(office.url("tools/new/calendar/"), WRITTEN | key | given)
    assert response.status_code == 422
    assert said in response.text
    assert "cal_live_abc" not in response.text
    assert host_secrets.names_of(office.org) == before
    assert not HttpTool.objects.exists()


def test_who_may_not_save_secrets_is_asked_for_none_and_saves_none(office, bob):
    page = bob.get(office.url("tools/new/calendar/")).text
    assert "key_value" not in page
    assert "An owner or admin can save secrets." in page
    connected(office, bob, key_value="cal_live_other")
    opened = host_secrets.opened(office.org.public_id, ["cal_key"], host="api.cal.com")
    assert opened == {"cal_key": "cal_live_0123456789"}


def test_an_old_session_saves_no_key(cast, office, bob):
    tool = connected(office, bob)
    stale = browser_of(cast.alice, logged_in_ago=100_000)
    page = office.url(f"tools/{tool.public_id}/")
    assert "reauthenticate" in stale.post(page, WRITTEN | {"key_value": "cal_live_other"}).url


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"calendar": "https://app.cal.com/event-types/4712?tabName=setup"}, "4712"),
        ({"calendar": " 4713 "}, "4713"),
    ],
)
def test_the_address_of_an_event_type_is_as_good_as_its_number(office, bob, given, stored):
    assert connected(office, bob, **given).definition.calendar.calendar == stored


@pytest.mark.parametrize(
    "address",
    [
        "https://calendar.google.com/calendar/ical/a%40example.com/private-1/basic.ics",
        "https://calendar.google.com/calendar/embed?src=a%40example.com&ctz=Europe%2FBerlin",
    ],
)
def test_so_is_an_address_of_a_google_calendar(office, bob, address):
    host = "oauth2.googleapis.com"
    host_secrets.store(office.org, name="g", host=host, value=SERVICE_ACCOUNT, actor=None)
    given = {"provider": "google", "secret": "g", "hours": "Mon-Fri 9-17", "calendar": address}
    assert connected(office, bob, **given).definition.calendar.calendar == "a@example.com"


def test_a_new_calendar_begins_with_the_time_zone_of_the_organization(office, bob):
    assert '<option value="" selected>' in bob.get(office.url("tools/new/calendar/")).text
    Organization.objects.filter(pk=office.org.pk).update(time_zone="Asia/Kolkata")
    page = bob.get(office.url("tools/new/calendar/")).text
    assert '<option value="Asia/Kolkata" selected>' in page
    assert connected(office, bob, time_zone="UTC").definition.calendar.time_zone == "UTC"


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
