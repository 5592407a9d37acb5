"""Services for endpoints: add, change, pause, resume, rotate the secret, remove, send again."""

import os
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members.access import record
from accounts.members.trust import HOW_TO_PROVE
from accounts.models import Organization, User
from usage.hooks import forgetting, signing
from usage.hooks.record import SEND
from usage.hooks.sealed import Sealed, close, open_of
from usage.models import HookDelivery, HookEndpoint
from usage.outbox import rows
from usage.records.database import AWAY
from voicex import fence
from voicex.database.row_scope import platform_wide
from voicex.errors import EndpointRefused

MOST: Final = 10  # of an organization
OVERLAP: Final = timedelta(hours=24)  # in which the former secret signs as well
MAX_URL: Final = 500  # characters; some addresses carry a signature of 200
# Of an address, what its page shows; Slack's ends in what proves who posts.
SHOWN: Final = 120
SHOWN_OF_SLACK: Final = 12
AGAIN_AT_ONCE: Final = 1_000  # deliveries that a member has sent again with one click
QUEUED_AT_ONCE: Final = 500  # that one transaction makes due, gives up or deletes

log = structlog.get_logger(__name__)

State = HookEndpoint.State
Target = HookEndpoint.Target

URL_PROBLEMS: Final[dict[str, str | Promise]] = {
    "no_url": gettext_lazy("Enter a web address, for example https://example.com/voicex"),
    "scheme": gettext_lazy("The address must begin with https://"),
    "userinfo": gettext_lazy("The address can’t contain a user name or password."),
    "address": gettext_lazy("This address isn’t on the public internet."),
}


def unproven() -> str:
    """Why an unproven organization has no webhooks, and what to do."""
    return _("New organizations can’t send webhooks yet. %(how)s") % {"how": HOW_TO_PROVE}


def clean_url(text: str) -> str:
    """Validate and normalise the address. Raises ValidationError."""
    try:
        return fence.clean_target(
            text, allow_private=settings.ALLOW_PRIVATE_ENDPOINTS, most=MAX_URL
        )
    except EndpointRefused as refusal:
        raise ValidationError(str(URL_PROBLEMS[refusal.reason]), code=refusal.reason) from refusal


@transaction.atomic
def add(
    org: Organization,
    *,
    url: str,
    target: Target,
    events: Collection[str],
    takes_tests: bool = False,
    label: str = "",
    actor: User | None = None,
) -> HookEndpoint:
    """Add an active endpoint to `org`, with a new secret.

    Raises ValidationError: invalid address, too many endpoints, or unproven organization.
    """
    url = clean_url(url)
    # Locked, so that two forms at once cannot pass the limit together.
    locked = Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    if not locked.is_proven:
        raise ValidationError(unproven(), code="unproven")
    if HookEndpoint.objects.filter(org=org).count() >= MOST:
        raise ValidationError(
            _("You have %(most)d webhooks already. Remove one first.") % {"most": MOST}
        )
    endpoint = HookEndpoint(
        org=org,
        label=label,
        target=target,
        events=_known(events),
        takes_tests=takes_tests,
        shown_url=_shown(url, target),
    )
    secret = "" if target == Target.SLACK else _new_secret()
    endpoint.ciphertext = close(endpoint, org, Sealed(url, secret))
    endpoint.save()
    record(org, actor=actor, action="hook.added", target=_named(endpoint))
    return endpoint


@transaction.atomic
def change(
    endpoint: HookEndpoint,
    *,
    url: str = "",
    events: Collection[str],
    takes_tests: bool,
    label: str,
    actor: User | None,
    now: datetime,
) -> None:
    """Change the endpoint's label, address ("" to keep it) or events.

    What waits is due at once at another address, of which no failure is known yet. Raises
    ValidationError for an address that is none.
    """
    row, org = _locked(endpoint)
    changed: dict[str, Any] = {
        "label": label,
        "events": _known(events),
        "takes_tests": takes_tests,
    }
    action = "hook.changed"
    if url:
        url = clean_url(url)
        kept = open_of(row, org)
        if url != kept.url:
            action = "hook.redirected"
            changed |= {"failures": 0, "failing_since": None, "rest_until": None}
        changed["ciphertext"] = close(row, org, Sealed(url, kept.secret, kept.former))
        changed["shown_url"] = _shown(url, row.target)
    HookEndpoint.objects.filter(org=org, pk=row.pk).update(**changed)
    endpoint.refresh_from_db()
    record(org, actor=actor, action=action, target=_named(endpoint))
    if action == "hook.redirected" and row.state == State.ACTIVE:
        make_due(row.pk, now=now)


@transaction.atomic
def pause(endpoint: HookEndpoint, *, actor: User | None) -> bool:
    """Pause the endpoint: nothing is sent, and new events are not queued for it.

    False for one that is not on.
    """
    row, org = _locked(endpoint)
    if row.state != State.ACTIVE:
        return False
    HookEndpoint.objects.filter(org=org, pk=row.pk).update(state=State.PAUSED)
    record(org, actor=actor, action="hook.paused", target=_named(row))
    return True


@transaction.atomic
def resume(endpoint: HookEndpoint, *, actor: User | None, now: datetime) -> None:
    """Resume a paused or switched-off endpoint; queued deliveries are sent."""
    row, org = _locked(endpoint)
    if row.state == State.ACTIVE:
        return
    HookEndpoint.objects.filter(org=org, pk=row.pk).update(
        state=State.ACTIVE,
        off_reason="",
        off_at=None,
        failures=0,
        failing_since=None,
        rest_until=None,
    )
    record(org, actor=actor, action="hook.resumed", target=_named(row))
    make_due(row.pk, now=now)


@transaction.atomic
def rotate(endpoint: HookEndpoint, *, actor: User | None, now: datetime) -> None:
    """Rotate the secret: for OVERLAP the former one signs as well.

    A second rotation within OVERLAP drops the oldest secret. No effect on an endpoint without
    signatures.
    """
    row, org = _locked(endpoint)
    kept = open_of(row, org)
    if not kept.secret:
        return
    HookEndpoint.objects.filter(org=org, pk=row.pk).update(
        ciphertext=close(row, org, Sealed(kept.url, _new_secret(), kept.secret)),
        former_until=now + OVERLAP,
    )
    record(org, actor=actor, action="hook.rotated", target=_named(row))


def reveal(endpoint: HookEndpoint, *, actor: User | None) -> str:
    """The secret, for the person who will see it; "" where nothing is signed.

    Raises SecretUnreadable.
    """
    with transaction.atomic():
        row, org = _locked(endpoint)
        secret = open_of(row, org).secret
        if secret:
            record(org, actor=actor, action="hook.revealed", target=_named(row))
    return secret


def remove(endpoint: HookEndpoint, *, actor: User | None) -> None:
    """Delete the endpoint with its queued deliveries and its log: a long one in batches before the
    endpoint, which is still there after a crash. No effect if somebody else was quicker.
    """
    log = HookDelivery.objects.filter(org=endpoint.org_id, endpoint=endpoint).order_by("pk")
    while len(ids := list(log.values_list("pk", flat=True)[:QUEUED_AT_ONCE])) == QUEUED_AT_ONCE:
        with transaction.atomic():
            forgetting.delete(log.filter(pk__in=ids))
    with transaction.atomic():
        try:
            row, org = _locked(endpoint)
        except HookEndpoint.DoesNotExist:
            return
        named = _named(row)
        forgetting.delete(HookDelivery.objects.filter(org=org, endpoint=row))
        row.delete()
        record(org, actor=actor, action="hook.removed", target=named)


@transaction.atomic
def send_again(
    endpoint: HookEndpoint, *, delivery_id: int | None, actor: User | None, now: datetime
) -> int | None:
    """Send a delivery, or all failed ones, again; returns their number.

    Ids are kept, so that receivers can recognise duplicates. Nothing is sent while the endpoint is
    not active: None.
    """
    row, org = _locked(endpoint)
    if row.state != State.ACTIVE:
        return None
    found = HookDelivery.objects.filter(org=org, endpoint=row)
    found = found.exclude(state=HookDelivery.State.WAITING)
    if delivery_id is None:
        found = found.filter(state=HookDelivery.State.DEAD)
    else:
        found = found.filter(pk=delivery_id)
    ids = list(found.order_by("pk").values_list("pk", flat=True)[:AGAIN_AT_ONCE])
    if ids:
        with platform_wide():  # rows of the outbox are the platform's
            rows.rearm_all(SEND, ids, now=now)
        HookDelivery.objects.filter(org=org, pk__in=ids).update(
            state=HookDelivery.State.WAITING, tried_since=now, attempts=0, next_at=now
        )
        what = f"{len(ids)} deliveries to {_named(row)}"
        record(org, actor=actor, action="hook.sent_again", target=what)
    return len(ids)


def make_due(endpoint_id: int, *, now: datetime) -> None:
    """Make all queued deliveries due now, as the endpoint answers again. The caller must have
    locked its row.

    The first QUEUED_AT_ONCE in the caller's transaction, the others in batches after its commit:
    SQLite has one writer. After a crash the rest is due at its own time.
    """
    in_batches(endpoint_id, State.ACTIVE, partial(_make_some_due, endpoint_id, now=now))


def in_batches(endpoint_id: int, state: State, change_some: Callable[[], bool]) -> None:
    """Change a queue that may be long: a batch now, the rest after the caller's commit.

    change_some: changes a batch in a transaction, and returns whether there may be more; called
    again for as long as the endpoint is in `state`. Where the database goes away, the rest stays.
    """
    if change_some():
        transaction.on_commit(partial(_change_rest, endpoint_id, state, change_some))


def _change_rest(endpoint_id: int, state: State, change_some: Callable[[], bool]) -> None:
    # Not a robust hook: Django's would also take the signal by which a worker is told to stop.
    is_more = True
    try:
        while is_more:
            with transaction.atomic():
                found = HookEndpoint.objects.filter(pk=endpoint_id, state=state)
                is_still = found.select_for_update(no_key=True).first() is not None
                is_more = is_still and change_some()
    except AWAY as error:
        log.warning("webhook_queue_left", endpoint=endpoint_id, error=type(error).__name__)


def _make_some_due(endpoint_id: int, *, now: datetime) -> bool:
    """Make the oldest queued deliveries due; returns whether there may be more."""
    waiting = HookDelivery.objects.filter(
        endpoint=endpoint_id, state=HookDelivery.State.WAITING, next_at__gt=now
    ).order_by("pk")
    with platform_wide():  # as above
        ids = list(waiting.values_list("pk", flat=True)[:QUEUED_AT_ONCE])
        if ids:
            rows.rearm_all(SEND, ids, now=now)
            HookDelivery.objects.filter(pk__in=ids).update(next_at=now)
    return len(ids) == QUEUED_AT_ONCE


def _locked(endpoint: HookEndpoint) -> tuple[HookEndpoint, Organization]:
    found = HookEndpoint.objects.select_related("org").select_for_update(of=("self",), no_key=True)
    row = found.get(pk=endpoint.pk)
    return row, row.org


def _new_secret() -> str:
    return signing.secret_of(os.urandom(signing.SECRET_BYTES))


def _known(events: Collection[str]) -> list[str]:
    """The names of events among `events`, in our order."""
    return [each.value for each in HookDelivery.Event if each in events]


def _named(endpoint: HookEndpoint) -> str:
    """For the audit log: nothing of an address that may be a secret."""
    return f"{endpoint.label or urlsplit(endpoint.shown_url).hostname} ({endpoint.public_id})"


def _shown(url: str, target: str) -> str:
    """What pages show of an address."""
    if target == Target.SLACK:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}{parts.path[:SHOWN_OF_SLACK]}…"[:SHOWN]
    bare = url.partition("?")[0]  # what follows may be a token
    shown = f"{bare}?…" if bare != url else bare
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
