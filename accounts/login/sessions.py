"""Sessions: stored under a digest, expired when idle or old, listed and ended by their user.

Django's engine for the database with these differences. The table holds the SHA-256 of the key in
the cookie (128 random bits or more, so a plain digest is enough), and the session's data are
encrypted with that key: they may hold a form that waits for a password, with its secrets. The
session of a logged-in user ends after a while without visits, and after a longer while in any case;
operators' sessions end sooner. Loading one costs one query, as with Django's; the time when it was
last seen is updated once a minute.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from asgiref.sync import sync_to_async
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.login.models import SessionRow, new_row_id
from accounts.models import User

_LOGIN: Final = "login"  # session entry: what the columns of the row are made of
# Of a visitor who is not logged in: long enough for the mail that confirms an address. Anyone may
# have as many rows as they like to ask for.
VISIT: Final = timedelta(days=1)
MOST_OF_A_USER: Final = 100  # a further log-in ends the one that was seen longest ago
_SEEN_EVERY: Final = timedelta(minutes=1)
_SEALED: Final = "s1."  # begins what is encrypted; what is not is of a former release
_NONCE_BYTES: Final = 12
# How a browser marks what a script of the page requests, and not its user.
_BY_SCRIPT: Final = frozenset({"cors", "no-cors", "same-origin", "websocket"})


def digest_of(key: str) -> str:
    """The digest that the table stores instead of the session key `key`."""
    return hashlib.sha256(b"voicex session " + key.encode()).hexdigest()


def _cipher_of(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"voicex session data " + key.encode()).digest())


class SessionStore(db.SessionStore):
    """The engine that `SESSION_ENGINE` names."""

    row: SessionRow | None = None  # as it was loaded

    @classmethod
    def get_model_class(cls) -> type[SessionRow]:
        """The table."""
        return SessionRow

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Encrypt `session_dict` with the key in the cookie, as the table stores it."""
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]  # not in the stubs
        nonce, plain = os.urandom(_NONCE_BYTES), super().encode(session_dict).encode()
        sealed = nonce + _cipher_of(key).encrypt(nonce, plain, None)
        return _SEALED + base64.urlsafe_b64encode(sealed).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The data given to `encode`; empty if this session's key does not open them."""
        text = session_data if isinstance(session_data, str) else session_data.decode()
        if text.startswith(_SEALED):
            try:
                sealed = base64.urlsafe_b64decode(text.removeprefix(_SEALED))
                nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
                plain = _cipher_of(self.session_key or "").decrypt(nonce, body, None)
            except (binascii.Error, ValueError, InvalidTag):
                return {}
            text = plain.decode()
        return super().decode(text)

    def create_model_instance(self, data: dict[str, Any]) -> SessionRow:
        """The row of this session with `data` in it."""
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]  # not in the stubs
        row = SessionRow(
            session_key=digest_of(key),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )
        login = data.get(_LOGIN)
        if login is not None and SESSION_KEY in data:
            row.user_id = int(data[SESSION_KEY])
            row.public_id = login["id"]
            row.began_at = datetime.fromisoformat(login["began"])
            row.ends_at = row.began_at + timedelta(seconds=login["total"])
            row.idle_seconds = login["idle"]
            row.address, row.user_agent = login["address"], login["agent"]
            row.seen_at = timezone.now()
            row.expire_date = _end_of(row, seen=row.seen_at)
        else:
            row.expire_date = min(row.expire_date, timezone.now() + VISIT)
        return row

    def _get_session_from_db(self) -> SessionRow | None:
        key = self.session_key
        self.row = SessionRow.objects.filter(
            session_key=digest_of(key or ""), expire_date__gt=timezone.now()
        ).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return super().exists(digest_of(session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session with this key; without a key, this one."""
        key = session_key or self.session_key
        if key is not None:
            SessionRow.objects.filter(session_key=digest_of(key)).delete()

    # Django's own asynchronous twins would look for the bare key.

    async def _aget_session_from_db(self) -> SessionRow | None:
        return await sync_to_async(self._get_session_from_db)()

    async def acreate_model_instance(self, data: dict[str, Any]) -> SessionRow:
        """The asynchronous `create_model_instance`."""
        return await sync_to_async(self.create_model_instance)(data)

    async def aexists(self, session_key: str) -> bool:
        """The asynchronous `exists`."""
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        """The asynchronous `delete`."""
        await sync_to_async(self.delete)(session_key)


def begin(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Record in the session of `request` that `user` has just logged in, and when it expires."""
    seen_longest_ago = sessions_of(user, now=now).values_list("pk", flat=True)[MOST_OF_A_USER - 1 :]
    SessionRow.objects.filter(pk__in=list(seen_longest_ago)).delete()
    is_operator = user.is_staff or user.is_superuser
    request.session[_LOGIN] = {
        "id": new_row_id(),
        "began": now.isoformat(),
        "idle": settings.OPERATOR_IDLE_SECONDS if is_operator else settings.SESSION_IDLE_SECONDS,
        "total": settings.OPERATOR_SESSION_SECONDS if is_operator else settings.SESSION_COOKIE_AGE,
        "address": address_of(request),
        "agent": request.headers.get("User-Agent", "")[:200],
    }


def address_of(request: HttpRequest) -> str | None:
    """The client's IP address, from the header that CLIENT_IP_HEADER names if it is set."""
    from allauth.core.internal.httpkit import get_client_ip  # nothing public reads the header

    return get_client_ip(request) or None


def sessions_of(user: User, *, now: datetime) -> QuerySet[SessionRow]:
    """The sessions of `user`, the latest seen first."""
    return SessionRow.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at", "pk")


def is_of(row: SessionRow, request: HttpRequest) -> bool:
    """Whether `row` is the session of this request."""
    return row.session_key == digest_of(request.session.session_key or "")


def end_sessions(user_id: int, *, but: str | None = None) -> int:
    """End the sessions of a user, except the one with the key `but`; returns how many ended."""
    others = SessionRow.objects.filter(user_id=user_id)
    if but:
        others = others.exclude(session_key=digest_of(but))
    return others.delete()[0]


class Presence:
    """Updates the time when a session was last seen, and with it its idle expiry.

    Polling by a page (a part that is fetched every few seconds) does not count as a visit.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        row = getattr(request.session, "row", None)
        if row is not None and row.seen_at is not None and not _is_by_script(request):
            now = timezone.now()
            if now - row.seen_at >= _SEEN_EVERY:
                SessionRow.objects.filter(pk=row.pk, seen_at=row.seen_at).update(
                    seen_at=now, expire_date=_end_of(row, seen=now), address=address_of(request)
                )
        return response


def _is_by_script(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("Sec-Fetch-Mode") in _BY_SCRIPT


def _end_of(row: SessionRow, *, seen: datetime) -> datetime:
    assert row.ends_at is not None and row.idle_seconds is not None  # noqa: S101, PT018 - with a login
    return min(row.ends_at, seen + timedelta(seconds=row.idle_seconds))
