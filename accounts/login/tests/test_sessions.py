"""Sessions: a digest in the table, an idle and a last end, and a page to end them."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.login.devices import device_of
from accounts.login.sessions import MOST_OF_A_USER, SessionStore, digest_of
from accounts.models import SessionRow, User
from testing.cast import PASSWORD, Cast

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
PAGE = "/accounts/sessions/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def browser_of(user: User, **client: str) -> Client:
    browser = Client(**client)
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


def key_of(browser: Client) -> str:
    return browser.cookies[django_settings.SESSION_COOKIE_NAME].value


def test_what_the_table_holds_opens_no_session(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    key = key_of(browser)
    row = SessionRow.objects.get(user=cast.alice)
    assert row.session_key == digest_of(key)
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = row.session_key
    assert not is_in(thief)
    assert is_in(browser)
    assert key not in str(SessionRow.objects.values())


def test_the_row_of_a_visitor_is_kept_for_a_day(db) -> None:
    Client().get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    row = SessionRow.objects.get()
    assert timezone.now() + timedelta(hours=23) < row.expire_date
    assert row.expire_date < timezone.now() + timedelta(hours=25)


def test_what_waits_in_a_session_for_a_password_is_read_with_its_key_alone(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    session = browser.session
    for entry in session["account_authentication_methods"]:
        entry["at"] -= 100_000
    session.save()
    asked = browser.post("/accounts/password/change/", {"password1": "a new and good sentence"})
    assert asked.url.startswith("/accounts/reauthenticate/")
    kept = browser.session
    assert "sentence" in str(kept.items())
    row = SessionRow.objects.get(user=cast.alice)
    for other in (SessionStore(), SessionStore(row.session_key), SessionStore("x" * 32)):
        assert other.decode(row.session_data) == {}
    assert SessionStore(key_of(browser)).decode(row.session_data) == dict(kept.items())


def test_a_session_of_a_former_release_is_still_one(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    store = SessionStore(key_of(browser))
    former = super(SessionStore, store).encode(store.load())
    SessionRow.objects.filter(user=cast.alice).update(session_data=former)
    assert is_in(browser)


def test_loading_one_costs_one_query(cast: Cast, django_assert_num_queries) -> None:
    key = key_of(browser_of(cast.alice))
    with django_assert_num_queries(1):
        assert SessionStore(key).load()


@pytest.mark.parametrize(
    ("who", "idle", "total"),
    [
        ("alice", "SESSION_IDLE_SECONDS", "SESSION_COOKIE_AGE"),
        ("olga", "OPERATOR_IDLE_SECONDS", "OPERATOR_SESSION_SECONDS"),
    ],
)
def test_a_session_ends_when_idle_and_at_the_latest_after_a_while(
    cast: Cast, time_machine, who: str, idle: str, total: str
) -> None:
    idle_seconds, total_seconds = getattr(django_settings, idle), getattr(django_settings, total)
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    left, busy = browser_of(getattr(cast, who)), browser_of(getattr(cast, who))
    step = timedelta(seconds=idle_seconds - 1)
    now = start
    while now + step < start + timedelta(seconds=total_seconds):
        now += step
        time_machine.move_to(now, tick=False)
        assert is_in(busy)
    time_machine.move_to(start + timedelta(seconds=total_seconds), tick=False)
    assert not is_in(busy)
    assert not is_in(left)


def test_who_leaves_a_page_open_that_asks_by_itself_is_idle(cast: Cast, time_machine) -> None:
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    browser = browser_of(cast.alice)
    for hour in range(1, 13):
        time_machine.move_to(start + timedelta(hours=hour), tick=False)
        browser.get(PAGE, headers={"Sec-Fetch-Mode": "cors"})
    assert not is_in(browser)


def test_the_note_of_a_visit_is_renewed_once_a_minute(cast: Cast, time_machine) -> None:
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    browser = browser_of(cast.alice)
    for second, seen in ((30, 0), (61, 61), (90, 61)):
        time_machine.move_to(start + timedelta(seconds=second), tick=False)
        browser.get(PAGE)
        row = SessionRow.objects.get(user=cast.alice)
        assert row.seen_at == start + timedelta(seconds=seen)


def test_the_page_shows_each_session_and_ends_one_or_all_others(cast: Cast) -> None:
    here = browser_of(cast.alice, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.9")
    there, third = browser_of(cast.alice), browser_of(cast.alice)
    page = here.get(PAGE).text
    assert "Firefox on Windows" in page
    assert "203.0.113.9" in page
    assert key_of(there) not in page
    assert digest_of(key_of(there)) not in page
    row = SessionRow.objects.get(session_key=digest_of(key_of(there)))
    here.post(f"{PAGE}{row.public_id}/end/")
    assert [is_in(each) for each in (here, there, third)] == [True, False, True]
    here.post(f"{PAGE}others/end/")
    assert [is_in(each) for each in (here, third)] == [True, False]


def test_sessions_of_others_are_neither_seen_nor_ended(cast: Cast) -> None:
    alice, charlie = browser_of(cast.alice), browser_of(cast.charlie)
    row = SessionRow.objects.get(user=cast.alice)
    assert row.public_id not in charlie.get(PAGE).text
    assert charlie.post(f"{PAGE}{row.public_id}/end/").status_code == 404
    charlie.post(f"{PAGE}others/end/")
    assert is_in(alice)


def test_a_log_out_leaves_no_row(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    browser.post("/accounts/logout/")
    assert not SessionRow.objects.filter(user=cast.alice).exists()


def test_a_session_that_gets_a_new_key_stays_itself(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    before = SessionRow.objects.get(user=cast.alice)
    session = browser.session
    session.cycle_key()
    after = SessionRow.objects.get(user=cast.alice)
    assert after.session_key != before.session_key
    assert after.public_id == before.public_id


def test_pages_carry_the_token_that_their_cookie_hides_from_scripts(cast: Cast) -> None:
    browser = browser_of(cast.alice)
    browser.get(PAGE)
    cookie = browser.cookies[django_settings.CSRF_COOKIE_NAME]
    assert cookie["httponly"]
    assert "X-CSRFToken" in browser.get(PAGE).text


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("curl/8.5", "curl"),
        ("", "Unknown device"),
        ("<script>", "Unknown device"),
    ],
)
def test_a_device_is_named_in_a_persons_words(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_the_session_that_was_seen_longest_ago_ends_beyond_the_limit(cast: Cast) -> None:
    first, second = browser_of(cast.alice), browser_of(cast.alice)
    seen = timezone.now() - timedelta(hours=1)
    SessionRow.objects.filter(session_key=digest_of(key_of(first))).update(seen_at=seen)
    rows = SessionRow.objects.filter(user=cast.alice)
    SessionRow.objects.bulk_create(
        SessionRow(
            session_key=f"{number:064}",
            user=cast.alice,
            session_data="",
            seen_at=timezone.now(),
            expire_date=timezone.now() + timedelta(hours=1),
        )
        for number in range(MOST_OF_A_USER - 2)
    )
    other = browser_of(cast.bob)
    third = browser_of(cast.alice)
    assert [is_in(each) for each in (first, second, third, other)] == [False, True, True, True]
    assert rows.count() == MOST_OF_A_USER
