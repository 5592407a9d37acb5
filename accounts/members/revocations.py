"""Closes the sockets of users who lose a right or log out.

Changes of a user's rights are published to their sockets in every process, which then check the
rights in the database. Sockets also check periodically, because the channel layer may be
unreachable.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, Final

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from accounts.members import impersonation
from accounts.models import Membership, User
from voicex.bounds.log_throttle import ThrottledWarning

log = structlog.get_logger(__name__)

SEND_SECONDS: Final = 2.0

_lost: Final = ThrottledWarning("revocation_not_told")

Wait = Callable[[float], Awaitable[None]]


def _group(user_id: int) -> str:
    return f"access.{user_id}"


def publish(user_id: int) -> None:
    """Have every socket of this user check its rights again, once the change is committed."""
    transaction.on_commit(partial(_publish, user_id))


def _publish(user_id: int) -> None:
    try:
        async_to_sync(_send)(user_id)
    except Exception as error:  # boundary: the sockets also check periodically
        _lost.warn(error=type(error).__name__)


async def _send(user_id: int) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await get_channel_layer().group_send(_group(user_id), {"type": "access.changed"})


@asynccontextmanager
async def subscribed(user_id: int) -> AsyncIterator[Wait]:
    """A context that yields a function to wait for a change of this user's rights, with a timeout
    in seconds.
    """
    has_changed = asyncio.Event()
    listening = asyncio.create_task(_listen(user_id, has_changed), name="revocations")

    async def wait(seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await has_changed.wait()
        has_changed.clear()

    try:
        yield wait
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def _listen(user_id: int, has_changed: asyncio.Event) -> None:
    try:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(_group(user_id), channel)
        try:
            while True:
                await layer.receive(channel)
                has_changed.set()
        finally:
            await layer.group_discard(_group(user_id), channel)
    except Exception as error:  # boundary: the layer raises any error of its client
        _lost.warn(error=type(error).__name__)


# --- What changes rights ------------------------------------------------------------------------


def _on_membership(instance: Membership, created: bool = False, **_: Any) -> None:
    if not created:
        publish(instance.user_id)


def _on_user(instance: User, created: bool, update_fields: Any = None, **_: Any) -> None:
    if not created and set(update_fields or ()) != {"last_login"}:
        publish(instance.pk)


def _on_impersonation_ended(operator_id: int, **_: Any) -> None:
    publish(operator_id)


def _on_session_ended(instance: Any, **_: Any) -> None:
    if instance.expire_date <= timezone.now():
        return  # the session is no longer logged in
    user_id = getattr(instance, "user_id", None) or instance.get_decoded().get(SESSION_KEY)
    if user_id is not None:
        publish(int(user_id))


def connect() -> None:
    """Connect to the signals of models that affect rights. Idempotent."""
    for signal in (post_save, post_delete):
        signal.connect(_on_membership, sender=Membership)
    post_save.connect(_on_user, sender=User)
    impersonation.ended.connect(_on_impersonation_ended)
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    post_delete.connect(_on_session_ended, sender=sessions)
