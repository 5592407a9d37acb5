"""What members do with webhooks, and what is written down of it."""

import json
import time
from contextlib import nullcontext
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from standardwebhooks import Webhook

from accounts.models import AuditEntry, Membership, Organization
from accounts.secrets.reencryption import reencrypt
from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.hooks import endpoints, forgetting, mails, outcomes, scheduling
from usage.hooks.sealed import open_of
from usage.hooks.signing import headers_of
from usage.models import HookDelivery, HookEndpoint, Outbox
from usage.outbox import rows
from voicex.fence.posts import PostResult

SLACK = "https://hooks.slack.com/services/T0001/B0002/sEcReTsEcReT"


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.fixture
def gone(scene, listen):
    """An endpoint that answered 410 while a call of its organization was told."""
    endpoint = listen(scene)
    scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    answers = {each.delivery_id: PostResult(410) for each in turn.posts}
    outcomes.store(turn, answers, rest=NOW, now=NOW)
    endpoint.refresh_from_db()
    return endpoint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "http://example.com/hook",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https:///hook",
        "https://example.com:99999/",
        "https://example.com/#part",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://example.com/" + "a" * 500,
        "https://example.com/\x00",
        "https://exa mple.com/",
    ],
)
def test_only_https_to_public_addresses_is_taken(scene, settings, url):
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    with pytest.raises(ValidationError):
        endpoints.add(scene.org, url=url, target=HookEndpoint.Target.URL, events=["call.ended"])
    assert not HookEndpoint.objects.exists()


def test_an_organization_that_is_not_proven_has_none(scene, listen):
    endpoint = listen(scene)
    Organization.objects.filter(pk=scene.org.pk).update(proven_at=None)
    with pytest.raises(ValidationError, match="confirm their email address"):
        endpoints.add(scene.org, url="https://10.0.0.1/", target=endpoint.target, events=[])
    scene.talks()
    assert not HookDelivery.objects.exists()


def test_neither_address_nor_secret_lies_open(scene, listen):
    url = "https://10.0.0.1/hook/?token=abcdefgh"
    endpoint = listen(scene, url)
    slack = listen(scene, SLACK, target=HookEndpoint.Target.SLACK)
    for each in (endpoint, slack):
        row = str(HookEndpoint.objects.filter(pk=each.pk).values().get())
        assert "abcdefgh" not in row
        assert "sEcReT" not in row
        assert "whsec_" not in row
    assert endpoint.shown_url == "https://10.0.0.1/hook/?…"
    assert slack.shown_url == "https://hooks.slack.com/services/T0…"
    assert open_of(endpoint, scene.org).url == url
    assert open_of(slack, scene.org).secret == ""
    assert "sEcReT" not in str(AuditEntry.objects.values_list("target"))


def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(scene, listen):
    endpoint = listen(scene)
    former = open_of(endpoint, scene.org).secret
    endpoints.rotate(endpoint, actor=None, now=NOW)
    endpoint.refresh_from_db()
    content = open_of(endpoint, scene.org)
    assert content.secret != former
    for moment, secrets in (
        (NOW, (content.secret, former)),
        (NOW + endpoints.OVERLAP - timedelta(seconds=1), (content.secret, former)),
        (NOW + endpoints.OVERLAP, (content.secret,)),
    ):
        assert content.secrets_at(moment, former_until=endpoint.former_until) == secrets
    endpoints.rotate(endpoint, actor=None, now=after(60))
    endpoint.refresh_from_db()
    assert open_of(endpoint, scene.org).former == content.secret


def test_what_is_sent_during_a_rotation_carries_both_signatures(scene, listen):
    endpoint = listen(scene)
    former = open_of(endpoint, scene.org).secret
    endpoints.rotate(endpoint, actor=None, now=NOW)
    scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    now = int(time.time())
    signed = headers_of("msg_1", timestamp=now, body=b"{}", secrets=turn.target.secrets)
    endpoint.refresh_from_db()
    for secret in (former, open_of(endpoint, scene.org).secret):
        Webhook(secret).verify(b"{}", signed)


def test_everything_is_in_the_audit_log(scene, listen, cast):
    endpoint = listen(scene, actor=cast.alice)
    given = {"events": ["call.ended"], "takes_tests": False, "label": "CRM", "actor": cast.alice}
    endpoints.change(endpoint, **given, now=NOW)
    endpoints.pause(endpoint, actor=cast.alice)
    endpoints.pause(endpoint, actor=cast.alice)
    endpoints.resume(endpoint, actor=cast.alice, now=NOW)
    endpoints.rotate(endpoint, actor=cast.alice, now=NOW)
    assert endpoints.reveal(endpoint, actor=cast.alice).startswith("whsec_")
    endpoints.remove(endpoint, actor=cast.alice)
    assert [each for each in actions() if each.startswith("hook.")] == [
        "hook.added",
        "hook.changed",
        "hook.paused",
        "hook.resumed",
        "hook.rotated",
        "hook.revealed",
        "hook.removed",
    ]


def test_another_address_keeps_the_secret(scene, listen):
    endpoint = listen(scene)
    secret = open_of(endpoint, scene.org).secret
    given = {"events": ["call.ended", "made.up"], "takes_tests": False, "label": "", "actor": None}
    endpoints.change(endpoint, url="https://10.0.0.9/other", **given, now=NOW)
    content = open_of(endpoint, scene.org)
    assert (content.url, content.secret) == ("https://10.0.0.9/other", secret)
    assert endpoint.events == ["call.ended"]


def test_a_pause_keeps_what_waits_and_skips_what_comes(scene, listen):
    endpoint = listen(scene)
    scene.talks()
    endpoints.pause(endpoint, actor=None)
    scene.talks()
    assert HookDelivery.objects.count() == 1
    endpoints.resume(endpoint, actor=None, now=after(60))
    [turn] = scheduling.take(5, now=after(60))
    assert len(turn.posts) == 1


def test_owners_are_told_that_it_was_switched_off(scene, gone, cast):
    for person, role in ((cast.alice, "owner"), (cast.adam, "admin")):
        Membership.objects.create(org=scene.org, user=person, role=role)
    mails.send_waiting(now=after(1))
    mails.send_waiting(now=after(600))
    [message] = mail.outbox
    assert message.to == [cast.alice.email]
    assert "410 Gone" in message.body
    assert f"/o/{scene.org.public_id}/webhooks/{gone.public_id}/" in message.body
    assert "hook.switched_off" in actions()
    # Switched on, and off once more: they are told again.
    endpoints.resume(gone, actor=None, now=after(700))
    scene.talks(now=after(700))
    [turn] = scheduling.take(5, now=after(700))
    answers = {each.delivery_id: PostResult(410) for each in turn.posts}
    outcomes.store(turn, answers, rest=after(700), now=after(700))
    mails.send_waiting(now=after(701))
    assert len(mail.outbox) == 2


def test_what_failed_is_sent_again_on_request(scene, gone):
    dead = HookDelivery.objects.get()
    assert dead.state == "dead"
    refused = endpoints.send_again(gone, delivery_id=dead.pk, actor=None, now=after(10))
    assert refused is None
    endpoints.resume(gone, actor=None, now=after(10))
    assert endpoints.send_again(gone, delivery_id=None, actor=None, now=after(10)) == 1
    [turn] = scheduling.take(5, now=after(10))
    assert [each.message_id for each in turn.posts] == [dead.message_id]
    outcomes.store(turn, {dead.pk: PostResult(200)}, rest=after(10), now=after(10))
    # A delivered one too; one of another endpoint not.
    assert endpoints.send_again(gone, delivery_id=dead.pk, actor=None, now=after(20)) == 1
    assert endpoints.send_again(gone, delivery_id=dead.pk + 1, actor=None, now=after(20)) == 0


def test_a_removed_endpoint_leaves_nothing(scene, listen):
    endpoint, other = listen(scene), listen(scene)
    scene.talks()
    endpoints.remove(endpoint, actor=None)
    assert [each.endpoint for each in HookDelivery.objects.all()] == [other]
    assert Outbox.objects.filter(kind="send_webhook").count() == 1


def test_a_new_key_of_the_server_opens_them_still(scene, listen, settings):
    endpoint = listen(scene)
    content = open_of(endpoint, scene.org)
    settings.FIELD_ENCRYPTION_KEYS = ["n" * 44, *settings.FIELD_ENCRYPTION_KEYS]
    assert reencrypt().moved["webhooks"] == 1
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    endpoint.refresh_from_db()
    assert open_of(endpoint, scene.org) == content


def test_the_log_is_pruned_by_age_and_number(scene, listen, monkeypatch):
    listen(scene, events=["call.started"])
    for day in (0, 1, 2, 3):
        scene.talks(now=after(day * 86_400))
    assert not forgetting.prune(now=after(31.5 * 86_400))
    assert HookDelivery.objects.count() == 2
    monkeypatch.setattr(forgetting, "MOST", 1)
    forgetting.prune(now=after(10 * 86_400))
    assert [each.created_at for each in HookDelivery.objects.all()] == [after(3 * 86_400)]
    assert Outbox.objects.filter(kind="send_webhook").count() == 1


def test_one_organization_cannot_have_anothers_sent_again(scene, listen, gone):
    other = Scene()
    endpoint = listen(other)
    dead = HookDelivery.objects.get()
    assert endpoints.send_again(endpoint, delivery_id=dead.pk, actor=None, now=NOW) == 0
    finalize(other.talks().pk, reason="stop", now=NOW)
    assert json.loads(HookDelivery.objects.latest("pk").body)["type"] == "call.ended"


@pytest.mark.django_db(transaction=True)
def test_a_long_queue_is_changed_in_batches(scene, listen, monkeypatch):
    """20,000 deliveries in one transaction kept all others from writing for seconds."""
    monkeypatch.setattr(endpoints, "QUEUED_AT_ONCE", 2)
    endpoint = listen(scene)
    for number in range(7):
        scene.talks(now=after(number))
    queued = HookDelivery.objects.filter(endpoint=endpoint)
    assert queued.update(next_at=after(9_000)) == 7
    batches: list[int] = []
    rearm_all, complete, delete = rows.rearm_all, rows.complete, forgetting.delete

    def counted(kind, ids, **more) -> None:
        batches.append(len(ids))
        rearm_all(kind, ids, **more)

    def completed(kind, ids, **more) -> None:
        batches.append(len(ids))
        complete(kind, ids, **more)

    def deleted(deliveries) -> None:
        batches.append(deliveries.count())
        delete(deliveries)

    monkeypatch.setattr(rows, "rearm_all", counted)
    with transaction.atomic():
        endpoints.make_due(endpoint.pk, now=after(100))
        assert queued.filter(next_at=after(100)).count() == 2
    assert queued.filter(next_at=after(100)).count() == 7
    monkeypatch.setattr(rows, "complete", completed)
    with transaction.atomic():
        outcomes._switch_off(endpoint, HookEndpoint.OffReason.GONE, now=after(100))
    assert queued.filter(state=HookDelivery.State.DEAD).count() == 7
    assert not Outbox.objects.filter(hook__in=queued, done_at=None).exists()
    monkeypatch.setattr(forgetting, "delete", deleted)
    endpoints.remove(endpoint, actor=None)
    assert not HookEndpoint.objects.exists()
    assert not queued.exists()
    assert batches == [2, 2, 2, 1] * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, SoftTimeLimitExceeded])
def test_a_database_that_goes_away_leaves_the_rest_and_a_worker_that_has_to_stop_does(
    scene, listen, monkeypatch, error
):
    """The batch and its transaction stay: the second is after the commit."""
    monkeypatch.setattr(endpoints, "QUEUED_AT_ONCE", 1)
    endpoint = listen(scene)
    for number in range(3):
        scene.talks(now=after(number))
    queued = HookDelivery.objects.filter(endpoint=endpoint)
    queued.update(next_at=after(9_000))
    rearm_all, batches = rows.rearm_all, []

    def fails_later(kind, ids, **more) -> None:
        batches.append(ids)
        if len(batches) == 2:
            raise error
        rearm_all(kind, ids, **more)

    monkeypatch.setattr(rows, "rearm_all", fails_later)
    lets_through = pytest.raises(error) if error is SoftTimeLimitExceeded else nullcontext()
    with lets_through, transaction.atomic():
        endpoints.make_due(endpoint.pk, now=after(100))
    assert len(batches) == 2
    assert queued.filter(next_at=after(100)).count() == 1
