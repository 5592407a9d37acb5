"""A form that the log-in interrupts comes back with what was typed."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import form_recovery
from accounts.models import SessionRow
from testing.cast import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _nobody_before():
    cache.clear()  # how many forms were kept is counted there


@pytest.fixture
def settings_page(cast) -> str:
    return f"/o/{cast.acorn.public_id}/settings/"


def interrupted_post(client: Client, page: str, **typed: str):
    return client.post(page, typed, headers={"referer": f"http://testserver{page}"})


def log_in(client: Client, url: str, email: str = "alice@example.com"):
    next_page = url.partition("?next=")[2]
    return client.post(LOGIN, {"login": email, "password": PASSWORD, "next": next_page})


def test_what_was_typed_is_on_the_page_after_the_log_in_and_not_sent(cast, client, settings_page):
    to_login = interrupted_post(client, settings_page, name="Acorn & Sons", auth_token="s3cret")
    assert to_login.headers["Location"] == f"{LOGIN}?next={settings_page}"
    assert log_in(client, to_login.headers["Location"]).headers["Location"] == settings_page
    page = client.get(settings_page).text
    assert "Acorn &amp; Sons</textarea>" in page
    assert "s3cret" not in page
    cast.acorn.refresh_from_db()
    assert cast.acorn.name == "Acorn"


def test_what_the_page_showed_comes_back_with_it_unseen(cast, client, settings_page):
    # `dashboard.merging`: what was typed was typed over that, whatever is stored by then.
    typed = {"name": "Typed", "initial-name": "Acorn", "view": "7"}
    log_in(client, interrupted_post(client, settings_page, **typed).headers["Location"])
    page = client.get(settings_page).text
    assert '<input type="hidden" data-name="initial-name" value="Acorn">' in page
    assert ">initial-name<" not in page
    assert '<input type="hidden" data-name="view" value="7">' in page


def test_a_form_in_which_nothing_was_typed_is_not_kept(cast, client, settings_page):
    log_in(client, interrupted_post(client, settings_page, view="7").headers["Location"])
    assert "Your entries" not in client.get(settings_page).text


def test_it_is_shown_once(cast, client, settings_page):
    to_login = interrupted_post(client, settings_page, name="Typed")
    log_in(client, to_login.headers["Location"])
    client.get(settings_page)
    assert "Typed" not in client.get(settings_page).text


def test_the_log_in_gives_the_session_its_full_life(cast, client, settings_page):
    log_in(client, interrupted_post(client, settings_page, name="Typed").headers["Location"])
    assert client.session.get_expiry_age() > form_recovery.KEPT_SECONDS


def test_it_is_not_shown_after_an_hour(cast, client, settings_page, time_machine):
    time_machine.move_to("2026-01-05 10:00:00+00:00", tick=False)
    to_login = interrupted_post(client, settings_page, name="Typed")
    log_in(client, to_login.headers["Location"])
    time_machine.move_to("2026-01-05 11:00:01+00:00", tick=False)
    assert "Typed" not in client.get(settings_page).text


def test_strangers_cannot_fill_the_database(cast, settings_page, monkeypatch):
    monkeypatch.setattr(form_recovery, "KEPT_A_MINUTE", 2)
    for _ in range(4):
        to_login = interrupted_post(Client(), settings_page, name="x")
        assert to_login.headers["Location"] == f"{LOGIN}?next={settings_page}"
    assert SessionRow.objects.count() == 2


def test_one_address_leaves_others_theirs(cast, settings_page, monkeypatch):
    monkeypatch.setattr(form_recovery, "KEPT_OF_AN_ADDRESS", 2)
    monkeypatch.setattr(form_recovery, "KEPT_A_MINUTE", 3)
    for _ in range(4):
        interrupted_post(Client(REMOTE_ADDR="203.0.113.7"), settings_page, name="x")
    assert SessionRow.objects.count() == 2
    interrupted_post(Client(REMOTE_ADDR="203.0.113.8"), settings_page, name="x")
    assert SessionRow.objects.count() == 3


def test_behind_a_tunnel_all_share_what_there_is(cast, settings_page, monkeypatch):
    monkeypatch.setattr(form_recovery, "KEPT_OF_AN_ADDRESS", 1)
    for _ in range(2):
        interrupted_post(Client(), settings_page, name="x")
    assert SessionRow.objects.count() == 2


def test_too_much_is_not_kept_and_the_log_in_says_so(cast, client, settings_page):
    lost = "copy them before you sign in"
    to_login = interrupted_post(client, settings_page, name="Kept")
    assert lost not in client.get(to_login.url).text
    stranger = Client()
    to_login = interrupted_post(stranger, settings_page, name="x" * (form_recovery.MOST_KEPT + 1))
    assert "interrupted_form" not in stranger.session
    assert lost in stranger.get(to_login.url).text


@pytest.mark.parametrize("referer", ["https://evil.example/page/", ""])
def test_the_log_in_leads_back_to_this_site_only(cast, client, settings_page, referer):
    answer = client.post(settings_page, {"name": "x"}, headers={"referer": referer})
    assert answer.headers["Location"] == f"{LOGIN}?next={settings_page}"


def test_htmx_is_told_to_leave_for_the_log_in(cast, client, settings_page):
    answer = client.get(
        settings_page,
        headers={"hx-request": "true", "hx-current-url": f"http://testserver{settings_page}?a=1"},
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"{LOGIN}?next={settings_page}%3Fa%3D1"
