"""The frame around every page: navigation, components, theme, zone, language."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import translation

from accounts.models import Impersonation
from dashboard.icons import ICONS
from dashboard.navigation import SECTIONS, current_url
from dashboard.operator.pages import SECTIONS as SECTIONS_OF_OPERATORS
from testing.office import browser_of


def test_the_component_page_is_for_who_is_signed_in(cast, client):
    assert client.get("/design/").status_code == 302
    page = browser_of(cast.vera).get("/design/")
    assert page.status_code == 200
    assert "<title>Components – Voicex</title>" in page.text


def test_the_chosen_theme_is_in_the_page_that_the_server_sends(cast, client):
    answer = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/?next=/design/"})
    assert answer.headers["Location"] == "/accounts/login/?next=/design/"
    assert 'data-theme="dark"' in client.get("/accounts/login/").text
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/accounts/login/").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_choosing_a_theme_leads_to_no_other_host(db, client, elsewhere):
    answer = client.post("/theme/", {"theme": "dark", "next": elsewhere})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("", "1:30 UTC"),
        ("Europe%2FBerlin", "2:30"),
        ("Asia/Kolkata", "7:00"),
        ("../../etc/passwd", "1:30 UTC"),
    ],
)
def test_times_are_in_the_viewers_zone_and_utc_says_so(acorn, cast, zone, shown):
    browser = browser_of(cast.alice)
    browser.cookies["tz"] = zone
    acorn.rings("CA1", now=dt.datetime(2026, 1, 5, 1, 30, tzinfo=dt.UTC))
    page = browser.get(acorn.url("calls/")).text
    assert 'datetime="2026-01-05T01:30:00+00:00"' in page
    assert f"5 Jan 0{shown}<" in page


def test_a_page_is_in_the_language_that_was_chosen(cast, client):
    client.post("/language/setlang/", {"language": "de", "next": "/accounts/login/"})
    assert '<html lang="de"' in client.get("/accounts/login/").text


def test_language_and_theme_are_settings_of_the_person_who_has_signed_in(acorn, cast, client):
    visitor = client.get("/accounts/login/").text
    assert visitor.split('<footer class="foot">')[1].count('action="/theme/"') == 1
    page = browser_of(cast.vera).get(acorn.url()).text
    menu = page.split('class="menu right"')[1].split("</details>")[0]
    assert menu.count('action="/theme/"') == menu.count('action="/language/setlang/"') == 1
    assert page.count('action="/theme/"') == 1


def test_a_page_below_a_section_belongs_to_it():
    urls = ["/o/1/", "/o/1/calls/", "/o/1/calls/live/", "/o/1/usage/"]
    assert current_url(urls, path="/o/1/calls/CA1/") == "/o/1/calls/"
    assert current_url(urls, path="/o/1/calls/live/") == "/o/1/calls/live/"
    assert current_url(urls, path="/o/1/") == "/o/1/"
    assert current_url(urls, path="/o/1/elsewhere/") == ""


def test_the_menu_leads_to_the_members_other_organizations_only(acorn, cast):
    cast.birch.memberships.create(user=cast.alice, role="viewer")
    assert "Birch" in browser_of(cast.alice).get(acorn.url()).text
    assert "Birch" not in browser_of(cast.adam).get(acorn.url()).text


def test_an_impersonation_says_for_whom_and_how_long(cast):
    opened = Impersonation(
        org=cast.acorn,
        operator=cast.olga,
        role="member",
        expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=12, seconds=30),
    )
    with translation.override("en"):
        shown = Template('{% include "_impersonation.html" %}').render(
            Context({"impersonation": opened})
        )
    assert "You’re impersonating Acorn as member" in shown
    assert "12\xa0minutes" in shown


def test_the_navigation_has_icons_and_counts_what_goes_on(acorn, cast):
    page = browser_of(cast.vera).get(acorn.url()).text
    assert page.count('class="icon"') >= 10
    assert '<span class="count">' not in page.split('class="sections"')[1].split("</nav>")[0]
    acorn.rings("CA1")
    acorn.rings("CA2")
    entry = browser_of(cast.vera).get(acorn.url()).text.split(acorn.url("calls/live/"))[1]
    assert '<span class="count">2</span><span class="visually-hidden"> in progress' in entry


def test_the_way_to_the_first_call_is_no_section_any_more_once_it_came(acorn, cast):
    first_call = f'href="{acorn.url("start/")}"'
    browser = browser_of(cast.vera)
    assert first_call in browser.get(acorn.url("calls/")).text
    acorn.rings("CA1")
    assert first_call not in browser.get(acorn.url("calls/")).text
    assert first_call in browser.get(acorn.url("start/")).text


def test_what_asks_first_opens_over_the_page_and_has_a_page_of_its_own(acorn, cast):
    browser = browser_of(cast.alice)
    text = browser.get(acorn.url("members/")).text
    assert f'data-ask href="{acorn.url("members/leave/")}"' in text
    assert 'class="card ask"' in browser.get(acorn.url("members/leave/")).text


def test_every_section_of_the_navigation_has_an_icon():
    groups = [*SECTIONS, *SECTIONS_OF_OPERATORS]
    assert {section.route for _label, sections in groups for section in sections} == set(ICONS)
