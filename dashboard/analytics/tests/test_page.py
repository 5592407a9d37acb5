"""The page of analytics: a period beside the one before, tables with the values, files."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from agents.versions.publishing import create_agent
from dashboard.analytics import page
from dashboard.plots import heat_map, scaled_columns, scaled_top
from testing.office import Office, browser_of
from usage.models import CallDay, CallHour

SUMS = {
    "seconds": 600, "answered": 6, "message": 1, "transferred": 1, "not_helped": 0, "abandoned": 2,
    "messages": 1, "interruptions": 4, "wait_300": 0, "wait_450": 0, "wait_600": 0, "wait_750": 3,
    "wait_900": 9, "wait_1100": 1, "wait_1400": 0, "wait_1800": 0, "wait_2500": 0, "wait_4000": 0,
    "wait_longer": 0,
}  # fmt: skip


def counted(office, day, *, hour=9, calls=10):
    CallHour.objects.create(org=office.org, day=day, hour=hour, calls=calls, **SUMS)
    CallDay.objects.create(
        org=office.org, day=day, agent=office.agent, number="+12025550100", calls=calls, **SUMS
    )


def today():
    return timezone.now().date()


def test_axes_end_where_their_half_is_whole():
    assert [scaled_top(value) for value in (0, 1, 3, 9, 11, 41, 150)] == [2, 2, 4, 10, 20, 100, 200]
    [bar] = scaled_columns([5], ["x"], top=20)
    assert (bar.y, bar.height) == (75.0, 25.0)
    counts = [[0] * 24 for _day in range(7)]
    counts[2][9], counts[3][9] = 10, 1
    assert heat_map(counts)[9] == (9, [(0, 0), (0, 0), (10, 5), (1, 1), (0, 0), (0, 0), (0, 0)])


def test_the_page_compares_with_the_days_before_and_has_each_value_in_a_table(cast, acorn):
    counted(acorn, today(), calls=10)
    counted(acorn, today() - timedelta(days=8), calls=5)
    text = browser_of(cast.vera).get(acorn.url("analytics/?period=7")).text
    page = " ".join(text.split())
    assert "+100%" in page
    assert "before: 5" in page
    assert '<td class="heat-5">10</td>' in page
    assert "+12025550100" in page
    assert acorn.agent.name in page
    assert "75%" in page  # 6 of the 8 who did not hang up early
    assert text.count('class="column"') == 7


def test_an_outcome_leads_to_the_phone_calls_of_its_days(cast, acorn):
    counted(acorn, date(2026, 1, 2))
    page = browser_of(cast.vera).get(acorn.url("analytics/?first=2026-01-01&last=2026-01-31")).text
    query = (
        "outcome=not_helped&amp;door=phone&amp;first=2026-01-01&amp;last=2026-01-31&amp;days=org"
    )
    assert f'href="{acorn.url("calls/")}?{query}">Not helped</a>' in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("first=2026-01-01&last=2026-01-31", 200),
        ("first=2026-02-01&last=2026-01-31", 422),
        ("first=2020-01-01&last=2026-01-31", 422),
        ("first=soon", 422),
        ("first=9999-12-31&last=9999-12-31", 422),
        ("first=&last=", 200),
        ("first=0001-01-01&last=0001-01-05", 422),
        ("period=nonsense", 200),
    ],
)
def test_any_period_of_a_year_at_most_may_be_chosen(cast, acorn, query, status):
    assert browser_of(cast.vera).get(acorn.url(f"analytics/?{query}")).status_code == status


@pytest.mark.parametrize(
    ("by", "line"),
    [
        ("day", '"2026-01-02","10","600","6"'),
        ("hour", '"5","9","10"'),
        ("agent", '"10","600","6"'),
        ("number", '"10","600","6","1","1","0","2","1","4","75","'),
    ],
)
def test_each_table_is_a_file(cast, acorn, by, line):
    counted(acorn, date(2026, 1, 2))
    query = f"first=2026-01-01&last=2026-01-03&by={by}"
    response = browser_of(cast.vera).get(acorn.url(f"analytics/analytics.csv?{query}"))
    assert f"analytics-{by}-2026-01-01-2026-01-03.csv" in response["Content-Disposition"]
    assert line in response.content.decode("utf-8-sig")


@pytest.mark.parametrize("by", ["agent", "number"])
def test_the_page_says_that_its_tables_are_cut_and_the_files_have_all(cast, acorn, by, monkeypatch):
    monkeypatch.setattr(page, "LISTED", 2)
    desks = [acorn.agent]
    desks += [create_agent(acorn.org, name=f"Desk {n}", greeting="Hello.") for n in (1, 2)]
    for number, agent in enumerate(desks):
        day = {"org": acorn.org, "day": date(2026, 1, 2), "calls": 10 - number}
        CallDay.objects.create(agent=agent, number=f"+1202555010{number}", **day, **SUMS)
    CallHour.objects.create(org=acorn.org, day=date(2026, 1, 2), hour=9, calls=27, **SUMS)
    browser = browser_of(cast.vera)
    query = "first=2026-01-01&last=2026-01-03"
    text = browser.get(acorn.url(f"analytics/?{query}")).text
    assert text.count("Only the 2 with the most calls are listed.") == 2
    assert "+12025550101" in text
    assert "+12025550102" not in text
    answer = browser.get(acorn.url(f"analytics/analytics.csv?{query}&by={by}"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == ['"calls"', '"10"', '"9"', '"8"']
    monkeypatch.setattr(page, "LISTED", 3)
    assert "Only the" not in browser.get(acorn.url(f"analytics/?{query}")).text


def test_the_page_takes_as_many_queries_however_much_there_is(
    cast, acorn, django_assert_max_num_queries
):
    browser = browser_of(cast.alice)
    for number in range(20):
        counted(acorn, today() - timedelta(days=number), hour=number)
    browser.get(acorn.url("analytics/"))
    # session, user, membership, menu, new messages; days, both periods, questions, hours, agents
    # and their names, numbers
    with django_assert_max_num_queries(13):
        browser.get(acorn.url("analytics/"))


def test_a_long_period_is_shown_by_week_and_counts_the_same(cast, acorn):
    counted(acorn, date(2026, 1, 2), calls=7)  # a Friday
    counted(acorn, date(2025, 12, 29), calls=4)
    counted(acorn, date(2025, 12, 28), calls=2)
    page = browser_of(cast.vera).get(acorn.url("analytics/?first=2025-12-20&last=2026-04-20")).text
    assert page.count('class="column"') == 19
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert [row.split('class="number">')[1].split("<")[0] for row in table.split("<tr>")[1:]][
        -3:
    ] == ["11", "2", "0"]


def test_a_file_of_days_that_are_no_period_is_refused_in_words(cast):
    url = Office(cast.acorn).url("analytics/analytics.csv") + "?first=2026-05-31&last=2026-05-01"
    answer = browser_of(cast.vera).get(url)
    assert answer.status_code == 400
    assert answer.text.strip()
