"""The list of calls: pages, filters, saved views, the CSV file."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import AsyncClient
from django.utils import timezone

from accounts.models import AuditEntry, Organization
from dashboard.calls import index as calls_module
from testing.office import Office, browser_of
from usage import saved_views
from usage.models import Call, SavedView
from usage.reads.calls import listed_calls
from usage.reads.csv_rows import csv_rows

SID = "CA" + "3" * 32


@pytest.fixture
def browser(cast):
    return browser_of(cast.vera)


def listed(text):
    """The CallSids of a page, in order."""
    return re.findall(r"/calls/(CA[0-9A-Za-z]+)/", text)


def test_the_list_pages_through_every_call_once_newest_first(acorn, browser):
    began = timezone.now() - timedelta(hours=2)
    sids = [f"CA{number:032x}" for number in range(28)]
    for number, sid in enumerate(sids):
        # Two at each moment, so that a page can end between them.
        call = acorn.rings(sid, now=began + timedelta(minutes=number // 2))
        acorn.hangs_up(call)

    found = []
    address = acorn.url("calls/")
    while address:
        text = browser.get(address).text
        found += re.findall(r"/calls/(CA[0-9a-f]{32})/", text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1] if older else ""

    assert found == sids[::-1]


def test_a_page_after_a_call_that_is_not_there_is_not_found(acorn, browser):
    assert browser.get(acorn.url("calls/?before=CA9")).status_code == 404


def test_without_calls_the_list_says_what_to_do(acorn, browser):
    assert "No calls yet" in browser.get(acorn.url("calls/")).text


def test_the_list_of_calls_takes_the_same_queries_however_many_there_are(
    acorn, browser, django_assert_num_queries
):
    for number in range(2):
        acorn.hangs_up(acorn.rings(f"CA{number:032x}"))
    # session, user, membership, agents, views, keys of the page, its calls, the menu; tags that
    # there are, and those of the page
    with django_assert_num_queries(11):
        browser.get(acorn.url("calls/"))
    for number in range(2, 8):
        acorn.hangs_up(acorn.rings(f"CA{number:032x}"))
    with django_assert_num_queries(11):
        browser.get(acorn.url("calls/"))


def test_filters_show_what_they_ask_for_and_stay_in_the_form_and_the_pages(
    acorn, browser, monkeypatch
):
    monkeypatch.setattr(calls_module, "PAGE_SIZE", 1)
    began = timezone.now() - timedelta(hours=1)
    for number, caller in enumerate(["+4930111", "+4930222", "+1202333"]):
        acorn.rings(f"CA{number}", now=began + timedelta(minutes=number), caller=caller)

    text = browser.get(acorn.url("calls/?caller=%2B49+30&words=")).text

    assert listed(text) == ["CA1"]
    assert 'value="+49 30"' in text
    older = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert older.endswith("?caller=%2B49+30&before=CA1")
    text = browser.get(older).text
    assert listed(text) == ["CA0"]
    newer = re.search(r'rel="prev" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert listed(browser.get(newer).text) == ["CA1"]


def test_a_day_is_one_of_the_viewers_zone(acorn, browser):
    acorn.rings("CA1", now=datetime(2026, 5, 3, 23, 30, tzinfo=UTC))  # 4 May in Berlin
    acorn.rings("CA2", now=datetime(2026, 5, 3, 21, 30, tzinfo=UTC))
    browser.cookies["tz"] = "Europe/Berlin"
    assert listed(browser.get(acorn.url("calls/?first=2026-05-04&last=2026-05-04")).text) == ["CA1"]


def test_days_of_the_organization_are_those_that_analytics_counts(acorn, browser):
    Organization.objects.filter(pk=acorn.org.pk).update(time_zone="America/New_York")
    acorn.rings("CA1", now=datetime(2026, 5, 4, 2, 0, tzinfo=UTC))  # 3 May in New York
    acorn.rings("CA2", now=datetime(2026, 5, 4, 5, 0, tzinfo=UTC))
    browser.cookies["tz"] = "Europe/Berlin"
    shown = browser.get(acorn.url("calls/?first=2026-05-03&last=2026-05-03&days=org")).text
    assert listed(shown) == ["CA1"]
    assert "Dates are days in America/New_York" in shown
    assert '<input type="hidden" name="days" value="org"' in shown


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=yesterday", "Enter a valid date."),
        ("first=2026-05-04&last=2026-05-03", "The end date is before the start date."),
        ("agent=unknown", "Select a valid choice"),
    ],
)
def test_a_filter_that_cannot_be_understood_says_so_beside_its_field(acorn, browser, query, said):
    acorn.rings("CA1")
    answer = browser.get(acorn.url(f"calls/?{query}"))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert listed(answer.text) == []


def test_a_search_that_finds_nothing_leads_back(acorn, browser):
    acorn.rings("CA1")
    text = browser.get(acorn.url("calls/?words=parasol")).text
    assert "No matching calls" in text
    assert "Show all calls" in text


def test_tests_are_marked_in_the_list(acorn, browser):
    call = acorn.rings("CA1")
    Call.objects.filter(pk=call.pk).update(channel=Call.Channel.BROWSER)
    text = " ".join(browser.get(acorn.url("calls/")).text.split())
    assert '<span class="tag">test</span> browser' in text


def test_a_member_keeps_filters_as_a_view_that_nobody_else_sees(cast, acorn, browser):
    views = acorn.url("calls/views/")
    saved = browser.post(views, {"name": "Faults", "query": "end=fault&evil=1&words=a b"})
    assert saved.url == acorn.url("calls/?words=a+b&end=fault")
    text = browser.get(saved.url).text
    assert "<h1>Faults</h1>" in text
    assert "Faults" in browser.get(acorn.url("calls/")).text
    assert "Faults" not in browser_of(cast.bob).get(acorn.url("calls/")).text

    browser.post(views, {"name": "Faults", "query": "end=line"})  # the name again: changed
    view = SavedView.objects.get()
    assert view.query == "end=line"
    assert browser_of(cast.bob).post(views, {"delete": view.pk}).status_code == 404
    assert browser.post(views, {"delete": "x"}).status_code == 404
    deleted = browser.post(views, {"delete": view.pk, "query": "end=line"})
    assert deleted.url == acorn.url("calls/?end=line")
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name_and_there_are_only_so_many(acorn, browser, monkeypatch):
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 1)
    views = acorn.url("calls/views/")
    for name in ("", "n" * 61):
        answer = browser.post(views, {"name": name, "query": "end=line"}, follow=True)
        assert "Enter a name of up to" in answer.text
    browser.post(views, {"name": "One", "query": "end=line"})
    answer = browser.post(views, {"name": "Two", "query": "end=line"}, follow=True)
    assert "the limit of saved views" in answer.text
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("withheld", ["CA2", "CA1"]),
        ("Anonymous", ["CA2", "CA1"]),
        ("unknown", ["CA3"]),
        ("4155550132", ["CA0"]),
        ("(415) 555-0132", ["CA0"]),
        ("ann", ["CA4"]),
    ],
)
def test_a_caller_is_found_by_what_the_list_shows_and_as_people_write_it(
    acorn, browser, asked, found
):
    callers = ["+14155550132", "anonymous", "+266696687", "unknown", "sip:ann@example.com"]
    for number, caller in enumerate(callers):
        acorn.rings(f"CA{number}", caller=caller)
    page = browser.get(acorn.url("calls/"), {"caller": asked})
    assert [call.call_sid for call in page.context["calls"]] == found


def test_older_spellings_of_withheld_are_shown_as_withheld_and_marks_are_left_out(acorn, browser):
    acorn.rings("CA1", caller="+266696687")
    acorn.rings("CA2", caller="+1415\u202e5550132 evil")
    text = browser.get(acorn.url("calls/")).text
    assert "withheld" in text
    assert "266696687" not in text
    assert "\u202e" not in text
    assert "Call from a withheld number" in browser.get(acorn.url("calls/CA1/")).text


@pytest.mark.django_db(transaction=True)
async def test_the_csv_file_has_every_call_of_the_filter_and_no_formulas(cast, acorn, monkeypatch):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(calls_module, "EXPORT_PAGE", 2)

    def prepare():
        for number in range(5):
            call = acorn.rings(f"CA{number}", caller='=HYPERLINK("http://x")')
            acorn.says(call, 1, "Hello.")
            acorn.says(call, 2, "=1+1")
            acorn.says(call, 3, "At eight. And we", heard="At eight.", interrupted=True)
            acorn.hangs_up(call)
        acorn.rings("CA9", caller="+1202")
        Office(cast.birch).rings("CA5")
        acorn.agent.name = '@desk, "one"'
        acorn.agent.save()
        return browser_of(cast.vera).cookies

    browser = AsyncClient()
    browser.cookies = await sync_to_async(prepare)()
    answer = await browser.get(acorn.url("calls/export.csv?state=ended"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join([part async for part in answer.streaming_content]).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["call_sid"] for row in rows] == ["CA4", "CA3", "CA2", "CA1", "CA0"]
    assert {row["from"] for row in rows} == {'\'=HYPERLINK("http://x")'}
    assert rows[0]["agent"] == '\'@desk, "one"'
    assert rows[0]["duration_s"] == "61"
    assert float(rows[0]["charged_usd"]) > 0
    # For programs the name that is stored, for people the words of the page.
    assert (rows[0]["end_reason"], rows[0]["ended_because"]) == ("stop", "Caller hung up")
    assert (rows[0]["turns"], rows[0]["interruptions"]) == ("3", "1")
    assert (rows[0]["median_response_ms"], rows[0]["recording"]) == ("640", "no")
    assert "transcript" not in rows[0]

    browser.cookies["django_language"] = "de"
    answer = await browser.get(acorn.url("calls/export.csv?state=ended&transcripts=1"))
    text = b"".join([part async for part in answer.streaming_content]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 5
    assert rows[0]["ended_because"] == "Anrufer hat aufgelegt"
    assert rows[0]["transcript"] == "Agent: Hello. | Anrufer: =1+1 | Agent: At eight."


def test_an_export_with_transcripts_is_said_to_be_one_in_the_audit_log(acorn, browser):
    acorn.rings(SID)
    browser.get(acorn.url("calls/export.csv?transcripts=1"))
    browser.get(acorn.url("calls/export.csv"))
    exported = AuditEntry.objects.filter(action="export.calls").order_by("pk")
    assert ["transcripts" in each.target for each in exported] == [True, False]


def test_a_file_takes_the_same_queries_however_many_calls_there_are(
    acorn, django_assert_max_num_queries
):
    for number in range(20):
        call = acorn.rings(f"CA{number}")
        acorn.says(call, 1, "Hello.")
    found = list(listed_calls(acorn.org))
    with django_assert_max_num_queries(3):
        assert len(list(csv_rows(acorn.org, found, has_transcript=True))) == 20
