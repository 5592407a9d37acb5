"""Webhook keys on the dashboard: two clicks to a URL, passwords asked, secrets kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.keys.api_keys import find_key, issue_key, revoke_key
from accounts.models import ApiKey, AuditEntry
from dashboard.organization import keys
from telephony.calls import live_hub
from testing.cast import PASSWORD
from testing.office import Office, browser_of
from usage.billing.settlement import record_end
from usage.models import Call
from usage.records.calls import redeem_ticket
from voicex.errors import KeyRefused

AN_HOUR = 3600


def revealed(office):
    return AuditEntry.objects.filter(org=office.org, action="key.revealed").count()


def test_two_clicks_from_the_overview_to_an_agents_url_on_the_clipboard(cast, acorn):
    browser = browser_of(cast.bob)
    button = acorn.url(f"agents/{acorn.agent.public_id}/webhook/")
    assert f'action="{button}"' in browser.get(acorn.url()).text

    page = browser.post(button, follow=True)

    url = (
        f"http://localhost:8000/api/twilio/voice?api_key={acorn.key_text}"
        f"&amp;agent_id={acorn.agent.public_id}"
    )
    field = f"url-{acorn.agent.public_id}"
    assert f'<input id="{field}" value="{url}" readonly' in page.text
    assert f'data-copy="{field}"' in page.text
    assert page.redirect_chain[-1][0].endswith(f"#agent-{acorn.agent.public_id}")
    assert "no-store" in page.headers["Cache-Control"]


def test_showing_a_key_is_written_down_and_a_reload_hides_it_again(cast, acorn):
    browser = browser_of(cast.bob)
    page = acorn.url(f"keys/{acorn.key.prefix}/")
    assert acorn.key_text not in browser.get(page).text

    shown = browser.post(f"{page}reveal/", follow=True)

    assert acorn.key_text in shown.text
    entry = AuditEntry.objects.get(org=acorn.org, action="key.revealed")
    assert (entry.actor, entry.target) == (cast.bob, str(acorn.key))
    assert acorn.key_text not in browser.get(page).text
    assert revealed(acorn) == 1


def test_an_old_session_is_asked_for_the_password_and_then_continues(cast, acorn):
    browser = browser_of(cast.alice, logged_in_ago=AN_HOUR)
    asked = browser.post(acorn.url(f"keys/{acorn.key.prefix}/reveal/"), follow=True)
    assert 'name="password"' in asked.text
    assert acorn.key_text not in asked.text
    assert revealed(acorn) == 0

    question = asked.redirect_chain[-1][0]
    wrong = browser.post(question, {"password": "wrong"})
    assert acorn.key_text not in wrong.text
    right = browser.post(question, {"password": PASSWORD}, follow=True)

    assert acorn.key_text in right.text
    assert revealed(acorn) == 1


@pytest.mark.parametrize("path", ["keys/issue/", "keys/{prefix}/rotate/"])
def test_an_old_session_makes_no_key_either(cast, acorn, path):
    browser = browser_of(cast.alice, logged_in_ago=AN_HOUR)
    response = browser.post(acorn.url(path.format(prefix=acorn.key.prefix)), {"label": "x"})
    assert response.url.startswith("/accounts/reauthenticate/")
    assert ApiKey.objects.count() == 1


def test_an_old_session_revokes_no_key_before_the_password(cast, acorn):
    browser = browser_of(cast.alice, logged_in_ago=AN_HOUR)
    revoke = acorn.url(f"keys/{acorn.key.prefix}/revoke/")
    assert browser.get(revoke).url.startswith("/accounts/reauthenticate/")
    asked = browser.post(revoke, follow=True)
    assert find_key(acorn.key_text, now=timezone.now())
    browser.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    with pytest.raises(KeyRefused):
        find_key(acorn.key_text, now=timezone.now())


def test_a_key_that_was_asked_for_long_ago_is_not_shown_by_an_old_session(cast, acorn):
    browser = browser_of(cast.alice)
    browser.post(acorn.url(f"keys/{acorn.key.prefix}/reveal/"))
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    assert acorn.key_text not in browser.get(acorn.url(f"keys/{acorn.key.prefix}/")).text


def test_an_issued_key_is_shown_at_once_and_opens_calls(cast, acorn):
    page = browser_of(cast.adam).post(acorn.url("keys/issue/"), {"label": "Night"}, follow=True)
    new = ApiKey.objects.get(label="Night")
    text = page.text.split("api_key=")[1].split("&")[0].split('"')[0]
    assert find_key(text, now=timezone.now()) == new
    assert new.created_by == cast.adam


def test_a_label_that_is_too_long_is_refused_beside_the_field_and_kept(cast, acorn):
    label = "n" * 81
    page = browser_of(cast.alice).post(acorn.url("keys/issue/"), {"label": label})
    assert page.status_code == 422
    assert 'id="id_label_error"' in page.text
    assert f'value="{label}"' in page.text
    assert ApiKey.objects.count() == 1


def test_a_rotated_key_works_on_for_a_week_beside_the_new_one(cast, acorn):
    browser = browser_of(cast.alice)
    rotate = acorn.url(f"keys/{acorn.key.prefix}/rotate/")
    assert "keeps working for 7 days" in browser.get(rotate).text
    page = browser.post(rotate, follow=True)

    new = ApiKey.objects.exclude(pk=acorn.key.pk).get()
    assert f"api_key=vx_{new.prefix}" in page.text
    now = timezone.now()
    assert find_key(acorn.key_text, now=now + timedelta(days=6))
    with pytest.raises(KeyRefused):
        find_key(acorn.key_text, now=now + timedelta(days=8))


def test_rotating_twice_rotates_once_and_says_so(cast, acorn):
    browser = browser_of(cast.alice)
    rotate = acorn.url(f"keys/{acorn.key.prefix}/rotate/")
    browser.post(rotate)
    again = browser.post(rotate, follow=True)
    assert "Only an active key can be rotated" in again.text
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_is_refused_and_cannot_be_shown(cast, acorn):
    browser = browser_of(cast.alice)
    revoke = acorn.url(f"keys/{acorn.key.prefix}/revoke/")
    assert "stop being answered immediately" in browser.get(revoke).text
    assert ApiKey.objects.get().revoked_at is None  # looking at the question revokes nothing

    page = browser.post(revoke, follow=True)

    assert ">revoked<" in page.text
    with pytest.raises(KeyRefused):
        find_key(acorn.key_text, now=timezone.now())
    shown = browser.post(acorn.url(f"keys/{acorn.key.prefix}/reveal/"), follow=True)
    assert acorn.key_text not in shown.text


def test_without_a_usable_key_the_button_leads_to_the_place_that_issues_one(cast, acorn):
    browser = browser_of(cast.bob)
    ApiKey.objects.update(revoked_at=timezone.now())
    page = browser.post(acorn.url(f"agents/{acorn.agent.public_id}/webhook/"), follow=True)
    assert page.redirect_chain[-1][0] == acorn.url("keys/")
    assert "Create an API key to get a webhook URL" in page.text


def test_a_key_whose_ciphertext_cannot_be_opened_says_so_instead_of_failing(cast, acorn):
    ApiKey.objects.update(ciphertext="1.deadbeef.AAAA")
    page = browser_of(cast.bob).post(acorn.url(f"keys/{acorn.key.prefix}/reveal/"), follow=True)
    assert page.status_code == 200
    assert "can no longer be read" in page.text


def test_the_list_of_keys_takes_the_same_queries_however_many_there_are(
    cast, acorn, django_assert_num_queries
):
    browser = browser_of(cast.alice)
    # Session, user, membership, menu, new messages, keys in use, ended ones.
    with django_assert_num_queries(7):
        browser.get(acorn.url("keys/"))
    for _ in range(3):
        Office(acorn.org)
    with django_assert_num_queries(7):
        browser.get(acorn.url("keys/"))


def test_of_the_ended_keys_the_latest_are_listed_and_that_is_said(cast, acorn, monkeypatch):
    monkeypatch.setattr(keys, "ENDED_SHOWN", 2)
    browser, said = browser_of(cast.alice), "the latest 2 are shown"
    ended = [issue_key(acorn.org, label=f"ended {number}")[0] for number in range(3)]
    for key in ended[1:]:
        revoke_key(acorn.org, key=key, actor=None)
    page = browser.get(acorn.url("keys/")).text
    assert page.count(">revoked<") == 2
    assert said not in page
    revoke_key(acorn.org, key=ended[0], actor=None)
    page = browser.get(acorn.url("keys/")).text
    assert [str(key) in page for key in (*ended, acorn.key)] == [True, False, True, True]
    assert said in page


@pytest.fixture
def orders(monkeypatch):
    given = []

    async def order(call_id, what):
        given.append((call_id, what))

    monkeypatch.setattr(live_hub, "order", order)
    return given


def test_a_stolen_key_is_revoked_with_the_calls_that_hold_it_and_no_others(cast, acorn, orders):
    browser = browser_of(cast.alice)
    going_on = acorn.rings("CA1")
    acorn.hangs_up(acorn.rings("CA2"))
    same_org = Office(cast.acorn)
    same_org.rings("CA3")
    drop = acorn.url(f"keys/{acorn.key.prefix}/drop/")
    assert "1 call in progress uses this key" in browser.get(drop).text
    assert ApiKey.objects.get(pk=acorn.key.pk).revoked_at is None

    page = browser.post(drop, follow=True)

    assert "1 call is being ended" in page.text
    assert orders == [(going_on.pk, live_hub.HANG_UP)]
    with pytest.raises(KeyRefused):
        find_key(acorn.key_text, now=timezone.now())
    assert find_key(same_org.key_text, now=timezone.now())
    actions = AuditEntry.objects.filter(org=acorn.org).values_list("action", "target")
    assert {("key.revoked", str(acorn.key)), ("call.hung_up", "CA1")} <= set(actions)


def test_a_call_whose_stream_has_not_come_yet_never_gets_one(cast, acorn, orders):
    call = acorn.rings("CA1")
    Call.objects.filter(pk=call.pk).update(
        state=Call.State.OPENED, live_at=None, ticket_redeemed_at=None, stream_sid=""
    )
    browser_of(cast.alice).post(acorn.url(f"keys/{acorn.key.prefix}/drop/"))
    now = timezone.now()
    assert Call.objects.get().end_reason == "key_revoked"
    assert (
        redeem_ticket(
            call_id=call.pk,
            ticket_id=call.ticket_id,
            carrier="twilio",
            stream_sid="MZ1",
            call_sid="CA1",
            account_sid="AC1",
            now=now,
        )
        is None
    )


def test_calls_that_were_said_to_be_over_are_counted_and_ended_while_they_are_carried(
    cast, acorn, orders
):
    calls = [acorn.rings(f"CA{number}") for number in range(3)]
    for call in calls:
        assert record_end(call.pk, reason="stream_stopped", now=timezone.now())
    browser = browser_of(cast.alice)
    drop = acorn.url(f"keys/{acorn.key.prefix}/drop/")
    assert "3 calls in progress use this key" in browser.get(drop).text
    assert "3 calls are being ended" in browser.post(drop, follow=True).text
    assert orders == [(call.pk, live_hub.HANG_UP) for call in calls]


def test_callers_who_stay_with_a_person_are_not_counted_as_ended(cast, acorn, orders):
    for number, state in enumerate(("live", "transfer", "transfer")):
        call = acorn.rings(f"CA{number}")
        Call.objects.filter(pk=call.pk).update(state=state)
    browser, drop = browser_of(cast.alice), acorn.url(f"keys/{acorn.key.prefix}/drop/")
    asked, dropped = browser.get(drop).text, browser.post(drop, follow=True).text
    assert "1 call in progress uses this key" in asked
    assert "1 call is being ended" in dropped
    for told in (asked, dropped):
        assert "2 callers are being put through, or talk to a person, and stay connected" in told


def test_a_server_out_of_reach_leaves_the_key_revoked_and_says_so(cast, acorn, monkeypatch):
    async def order(call_id, what):
        raise ConnectionError

    monkeypatch.setattr(live_hub, "order", order)
    acorn.rings("CA1")
    page = browser_of(cast.alice).post(acorn.url(f"keys/{acorn.key.prefix}/drop/"), follow=True)
    assert "can’t be reached" in page.text
    assert ApiKey.objects.get().revoked_at
