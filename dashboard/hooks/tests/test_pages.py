"""The pages of outgoing webhooks: added, tested, rotated, paused, removed; their log."""

import pytest
from django.core.cache import cache
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.members import asking
from accounts.models import AuditEntry
from dashboard.hooks import endpoints as pages
from dashboard.hooks.labels import PROBLEMS
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from testing.webhook_receiver import receiving
from usage.hooks.endpoints import add
from usage.hooks.sealed import open_of
from usage.models import HookDelivery, HookEndpoint

EVENTS = {f"event_{each.replace('.', '_')}": "on" for each in HookDelivery.Event.values}


@pytest.fixture
def office(cast, settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    cache.clear()
    return Office(cast.acorn)


@pytest.fixture
def adam(cast):
    return browser_of(cast.adam)


@pytest.fixture
def endpoint(office):
    return add(
        office.org,
        url="https://10.1.2.3/hook?key=t0pS3cret",
        target=HookEndpoint.Target.URL,
        events=["call.ended", "message.taken"],
    )


def page(office, path=""):
    return office.url(f"webhooks/{path}")


def delivery(endpoint, **changed):
    now = timezone.now()
    given = {
        "org": endpoint.org,
        "endpoint": endpoint,
        "message_id": f"msg_{HookDelivery.objects.count()}",
        "event": "call.ended",
        "body": '{"type":"call.ended","data":{"from":"<b>"}}',
        "created_at": now,
        "tried_since": now,
    }
    return HookDelivery.objects.create(**given | changed)


def test_one_is_added_and_its_secret_shown_once(office, adam):
    form = {"target": "url", "url_key": "https://10.1.2.3/hook", "label": "CRM", **EVENTS}
    shown = adam.post(page(office, "new/"), form, follow=True).text
    made = HookEndpoint.objects.get()
    secret = open_of(made, office.org).secret
    assert secret in shown
    assert (made.label, made.events) == ("CRM", HookDelivery.Event.values)
    assert secret not in adam.get(page(office, f"{made.public_id}/")).text
    assert AuditEntry.objects.filter(action="hook.revealed").count() == 1


def test_one_for_slack_has_no_secret_to_show(office, adam):
    address = "https://hooks.slack.com/services/T1/B1/t0pS3cret"
    form = {"target": "slack", "url_key": address, "event_message_taken": "on"}
    shown = adam.post(page(office, "new/"), form, follow=True).text
    assert HookEndpoint.objects.get().events == ["message.taken"]
    assert "whsec_" not in shown
    assert "t0pS3cret" not in shown
    assert "Rotate" not in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url_key": "http://example.com/"}, "The address must begin with https://"),
        ({"url_key": "example"}, "Enter a web address"),
        ({"url_key": "https://169.254.169.254/"}, "isn’t on the public internet"),
        ({"url_key": ""}, "This field is required"),
        ({"target": "fax"}, "fax"),
        ({"label": "see https://evil.example"}, "A name can’t contain a web"),
        (dict.fromkeys(EVENTS, ""), "Select at least one event"),
    ],
)
def test_what_cannot_work_is_refused_in_words(office, adam, changed, said):
    form = {"target": "url", "url_key": "https://example.com/", **EVENTS} | changed
    response = adam.post(
        page(office, "new/"), {name: value for name, value in form.items() if value}
    )
    assert response.status_code == 422
    assert said in response.text
    assert not HookEndpoint.objects.exists()


def test_the_eleventh_is_refused(office, adam):
    for _ in range(10):
        add(office.org, url="https://10.1.2.3/", target="url", events=["call.ended"])
    form = {"target": "url", "url_key": "https://10.1.2.3/", **EVENTS}
    response = adam.post(page(office, "new/"), form)
    assert "You have 10 webhooks already" in response.text
    assert "Add webhook</a>" not in adam.get(page(office)).text


def test_a_change_keeps_the_address_that_is_not_typed(office, adam, endpoint):
    shown = adam.get(page(office, f"{endpoint.public_id}/edit/")).text
    assert "t0pS3cret" not in shown
    form = {"url_key": "", "label": "Help desk", "event_call_missed": "on", "takes_tests": "on"}
    adam.post(page(office, f"{endpoint.public_id}/edit/"), form)
    endpoint.refresh_from_db()
    assert (endpoint.label, endpoint.events, endpoint.takes_tests) == (
        "Help desk",
        ["call.missed"],
        True,
    )
    assert open_of(endpoint, office.org).url == "https://10.1.2.3/hook?key=t0pS3cret"


def test_it_is_paused_and_switched_on(office, adam, endpoint):
    for wanted, state in (("pause", "paused"), ("", "paused"), ("resume", "active")):
        adam.post(page(office, f"{endpoint.public_id}/switch/"), {"do": wanted})
        endpoint.refresh_from_db()
        assert endpoint.state == state
    HookEndpoint.objects.update(state="off", off_reason="gone", off_at=timezone.now())
    assert "The server answered 410 Gone." in adam.get(page(office, f"{endpoint.public_id}/")).text


def test_a_rotated_secret_is_shown_once(office, adam, endpoint):
    former = open_of(endpoint, office.org).secret
    address = page(office, f"{endpoint.public_id}/rotate/")
    assert "24 hours" in adam.get(address).text
    shown = adam.post(address, follow=True).text
    endpoint.refresh_from_db()
    content = open_of(endpoint, office.org)
    assert content.former == former
    assert content.secret in shown
    assert "works until" in shown


def test_secrets_are_for_those_who_have_just_proven_themselves(office, cast, endpoint):
    stale = browser_of(cast.adam, logged_in_ago=100_000)
    for path in ("new/", f"{endpoint.public_id}/rotate/", f"{endpoint.public_id}/edit/"):
        assert "reauthenticate" in stale.get(page(office, path)).url


def test_an_old_session_sends_events_nowhere_else(office, cast, endpoint):
    stale = browser_of(cast.adam, logged_in_ago=100_000)
    form = {"url_key": "https://10.9.9.9/thief", **EVENTS}
    answer = stale.post(page(office, f"{endpoint.public_id}/edit/"), form)
    assert "reauthenticate" in answer.url
    endpoint.refresh_from_db()
    assert open_of(endpoint, office.org).url == "https://10.1.2.3/hook?key=t0pS3cret"


def test_an_old_page_undoes_nothing_of_a_colleague(office, adam, endpoint):
    address = page(office, f"{endpoint.public_id}/edit/")
    seen = as_shown(adam.get(address).text, "url_key")
    HookEndpoint.objects.update(events=["call.missed"], takes_tests=True)
    answer = adam.post(address, seen | {"label": "Ours"}, follow=True).text
    assert "and kept:" in answer
    endpoint.refresh_from_db()
    kept = (endpoint.label, endpoint.events, endpoint.takes_tests)
    assert kept == ("Ours", ["call.missed"], True)
    assert open_of(endpoint, office.org).url == "https://10.1.2.3/hook?key=t0pS3cret"


def test_the_audit_log_says_that_the_address_changed(office, adam, endpoint):
    address = page(office, f"{endpoint.public_id}/edit/")
    for url, changed in (
        ("", 0),
        ("https://10.1.2.3/hook?key=t0pS3cret", 0),
        ("https://10.9.9.9/", 1),
    ):
        adam.post(address, {"url_key": url, "event_call_missed": "on"})
        assert AuditEntry.objects.filter(action="hook.redirected").count() == changed


@pytest.mark.django_db(transaction=True)
def test_a_test_is_sent_and_its_answer_shown(office, adam):
    with receiving() as receiver:
        receiver.answer = lambda each, _: each.says(200, b"<script>thanks</script>")
        made = add(office.org, url=receiver.url, target="url", events=["call.ended"])
        shown = adam.post(page(office, f"{made.public_id}/test/")).text
        [request] = receiver.requests
    assert "The test arrived" in shown
    assert "&lt;script&gt;thanks" in shown
    secret = open_of(made, office.org).secret
    body = Webhook(secret).verify(request.body, dict(request.headers))
    assert body["type"] == "webhook.test"
    assert body["data"] == {"org_id": office.org.public_id, "test": True}
    assert not HookDelivery.objects.exists()
    assert AuditEntry.objects.filter(action="hook.tested").count() == 1


def test_a_test_that_fails_says_why_and_tests_are_bounded(office, adam, endpoint, monkeypatch):
    made = add(office.org, url="http://127.0.0.1:1/", target="url", events=["call.ended"])
    address = page(office, f"{made.public_id}/test/")
    shown = adam.post(address).text
    assert "The test failed" in shown
    assert "can’t be reached" in shown
    monkeypatch.setattr(pages, "TESTS_A_MINUTE", 1)
    assert "Too many tests" in adam.post(address, follow=True).text


def test_no_test_is_sent_while_too_many_servers_are_asked(office, adam, endpoint, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    answer = adam.post(page(office, f"{endpoint.public_id}/test/"), follow=True)
    assert "Too many requests to other servers" in answer.text
    assert not AuditEntry.objects.filter(action="hook.tested").exists()


def test_the_log_is_paged_and_filtered(office, adam, endpoint):
    for number in range(30):
        delivery(endpoint, state="dead" if number < 3 else "delivered")
    address = page(office, f"{endpoint.public_id}/")
    first = adam.get(address).text
    assert first.count("<code>call.ended</code>") == 25
    assert "Older" in first
    failed = adam.get(f"{address}?show=failed").text
    assert failed.count("<code>call.ended</code>") == 3
    assert "Send all failed again" in failed
    older = adam.get(f"{address}?before={HookDelivery.objects.order_by('-pk')[24].pk}").text
    assert older.count("<code>call.ended</code>") == 5


def test_a_delivery_shows_what_was_sent_and_answered(office, adam, endpoint):
    row = delivery(endpoint, state="dead", status=500, answer="<h1>Oops</h1>", attempts=7)
    shown = adam.get(page(office, f"{endpoint.public_id}/deliveries/{row.pk}/")).text
    assert "&lt;h1&gt;Oops" in shown
    assert "&lt;b&gt;" in shown
    assert row.message_id in shown
    adam.post(page(office, f"{endpoint.public_id}/deliveries/{row.pk}/again/"))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)


def test_reading_a_message_there_is_reading_messages(office, adam, endpoint):
    row = delivery(endpoint, event="message.taken")
    adam.get(page(office, f"{endpoint.public_id}/deliveries/{row.pk}/"))
    assert AuditEntry.objects.filter(action="transcript.messages").count() == 1


def test_reading_what_a_call_came_to_is_reading_its_transcript(office, adam, endpoint):
    call = office.rings("CA" + "5" * 32)
    row = delivery(endpoint, event="call.analysed", call=call)
    adam.get(page(office, f"{endpoint.public_id}/deliveries/{row.pk}/"))
    assert AuditEntry.objects.filter(action="transcript.read").count() == 1


def test_switching_on_and_sending_again_are_bounded(office, adam, endpoint, monkeypatch):
    monkeypatch.setattr(pages, "CHANGES_A_MINUTE", 1)
    row = delivery(endpoint, state="dead")
    again = page(office, f"{endpoint.public_id}/deliveries/{row.pk}/again/")
    adam.post(again)
    HookDelivery.objects.update(state="dead")
    assert "Too many changes" in adam.post(again, follow=True).text
    HookEndpoint.objects.update(state="off")
    adam.post(page(office, f"{endpoint.public_id}/switch/"), {"do": "resume"})
    endpoint.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, endpoint.state) == ("dead", "off")


def test_nothing_is_sent_again_to_one_that_is_off(office, adam, endpoint):
    row = delivery(endpoint, state="dead")
    HookEndpoint.objects.update(state="off")
    answer = adam.post(page(office, f"{endpoint.public_id}/again/"), follow=True)
    assert "Switch the webhook on first." in answer.text
    row.refresh_from_db()
    assert row.state == "dead"
    row.delete()
    HookEndpoint.objects.update(state="active")
    answer = adam.post(page(office, f"{endpoint.public_id}/again/"), follow=True)
    assert "No delivery has failed." in answer.text


def test_members_see_and_change_nothing(office, cast, endpoint):
    bob = browser_of(cast.bob)
    row = delivery(endpoint, state="dead")
    for path in ("", f"{endpoint.public_id}/", f"{endpoint.public_id}/deliveries/{row.pk}/"):
        shown = bob.get(page(office, path)).text
        assert "<form" not in shown.partition("<main")[2].partition("</main")[0]
        assert "t0pS3cret" not in shown


def test_a_removed_one_is_gone(office, adam, endpoint):
    address = page(office, f"{endpoint.public_id}/remove/")
    assert "can’t be undone" in adam.get(address).text
    adam.post(address)
    assert not HookEndpoint.objects.exists()
    assert "No webhooks yet" in adam.get(page(office)).text


@pytest.mark.parametrize(("path", "status"), [("remove", 302), ("rotate", 404)])
def test_what_a_colleague_removes_at_this_moment_is_gone(
    office, adam, endpoint, path, status, monkeypatch
):
    def looked_up(_request, _hook_id):
        HookEndpoint.objects.filter(pk=endpoint.pk).delete()
        return endpoint

    monkeypatch.setattr(pages, "endpoint_or_404", looked_up)
    answer = adam.post(page(office, f"{endpoint.public_id}/{path}/"))
    assert answer.status_code == status


def test_every_problem_has_words():
    assert all(str(text).endswith((".", "https://")) for text in PROBLEMS.values())
