"""Access to an organization: sessions, guards of views, age of the log-in, audit entries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import structlog
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.audit.trail import append, counted_today, is_recorded_today, record_today
from accounts.login.sessions import SessionStore
from accounts.members import impersonation, recent_login
from accounts.members.streams import end_when_access_is_lost
from accounts.models import AuditEntry, Impersonation, Membership, Organization, User
from voicex.database.row_scope import async_each_scoped_to, each_scoped_to, scoped_to

View = Callable[..., HttpResponseBase]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that is logged in."""

    user: User
    session: SessionStore


def visitor(session_key: str) -> Visitor | None:
    """The user of that session, unless it has ended, for example by a change of the password."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    return Visitor(user, request.session) if isinstance(user, User) else None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A user's access to an organization: as a member, or as an operator who impersonates.

    An operator's membership is an object that is never saved.
    """

    membership: Membership
    impersonation: Impersonation | None = None


def admit(user: User, session: SessionBase, *, org_id: str, now: datetime) -> Admitted | None:
    """The access of `user` to the organization with the public id `org_id`; None without access.

    Used by pages and by sockets, which check again while they are open.
    """
    membership = (
        Membership.objects.select_related("org").filter(org__public_id=org_id, user=user).first()
    )
    if membership is not None:
        return Admitted(membership)
    opened = impersonation.of_session(session, user=user, now=now)
    if opened is None or opened.org.public_id != org_id:
        return None
    return Admitted(Membership(org=opened.org, user=user, role=opened.role), opened)


def member_required(role: Membership.Role) -> Callable[[View], View]:
    """Guard `view(request, org_id, ...)`: it admits members with at least `role`.

    org_id: the public id of the organization. The view finds it as `request.org` and the
    member's row as `request.membership`; `request.impersonation` is None unless an operator
    impersonates the organization. A visitor is redirected to the login page, a stranger
    gets 404 as if the organization did not exist, a member of too low a role 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, org_id: str, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            admitted = admit(request.user, request.session, org_id=org_id, now=timezone.now())
            if admitted is None:
                raise Http404("No such organization")
            if not admitted.membership.is_at_least(role):
                raise PermissionDenied
            request.org = admitted.membership.org  # type: ignore[attr-defined]
            request.membership = admitted.membership  # type: ignore[attr-defined]
            request.impersonation = admitted.impersonation  # type: ignore[attr-defined]
            token = impersonation.current.set(admitted.impersonation)
            login = recent_login.current.set(lambda: has_fresh_login(request, now=timezone.now()))
            org_pk = admitted.membership.org.pk
            try:
                with scoped_to(org_pk):
                    response = view(request, org_id, *args, **kwargs)
            except ObjectDoesNotExist as error:
                if isinstance(error, AttributeError):  # of a relation: a fault of ours
                    raise
                # A colleague deleted the row after it was looked up, before it was locked.
                log.warning("row_gone", what=type(error).__qualname__, exc_info=True)
                raise Http404("It is gone") from error
            finally:
                impersonation.current.reset(token)
                recent_login.current.reset(login)
            response = _kept_in_scope(response, org_pk)
            end_when_access_is_lost(
                response, request, has_access=lambda: _has_access(request, org_id, role)
            )
            return response

        return guarded

    return decorate


def _has_access(request: HttpRequest, org_id: str, role: Membership.Role) -> bool:
    """Whether the user of an admitted request still has that access and a valid session."""
    found = visitor(request.session.session_key or "")
    if found is None:
        return False
    admitted = admit(found.user, found.session, org_id=org_id, now=timezone.now())
    return admitted is not None and admitted.membership.is_at_least(role)


def _kept_in_scope(response: HttpResponseBase, org_pk: int) -> HttpResponseBase:
    """Keep the organization's scope for a streamed response, made after the view returned."""
    if isinstance(response, StreamingHttpResponse):
        parts: Any = response.streaming_content
        each: Any = async_each_scoped_to if response.is_async else each_scoped_to
        response.streaming_content = each(org_pk, parts)
    return response


def has_fresh_login(request: HttpRequest, *, now: datetime) -> bool:
    """Whether this session proved a password or second factor a short while ago.

    "Short" is ACCOUNT_REAUTHENTICATION_TIMEOUT. A page that shows a key asks for the
    password again when this is false (at the URL named `account_reauthenticate`).
    """
    if not isinstance(request.user, User):
        return False
    oldest = now.timestamp() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(entry["at"] > oldest for entry in get_authentication_records(request, request.user))


def record(org: Organization | None, *, actor: User | None, action: str, target: str) -> AuditEntry:
    """Write an audit entry: who did what to which object of `org` (None: of the platform).

    action: a constant such as "key.issued"; target: the object, in a form that may be shown
    (never a key or a secret). actor: None for a command or the system.
    """
    return append(
        org, actor=actor, action=action, target=target, impersonation=impersonation.current.get()
    )


def record_once_a_day(
    org: Organization, *, actor: User, action: str, target: str, now: datetime
) -> None:
    """Write an entry unless `actor` has one for this today; used for actions that only read.

    Each impersonation has its own, with its reason.
    """
    opened = impersonation.current.get()
    about = target if opened is None else f"{target} impersonation {opened.pk}"
    if is_recorded_today(org, actor=actor, action=action, about=about, now=now):
        return
    with transaction.atomic():
        if record_today(org, actor=actor, action=action, about=about, now=now):
            record(org, actor=actor, action=action, target=target)


def record_and_count(
    org: Organization,
    *,
    actor: User | None,
    action: str,
    target: str,
    entries: int,
    now: datetime,
) -> bool:
    """Write the first `entries` times of a day; the next day one entry for the rest.

    Returns whether this time got an entry.
    """
    with transaction.atomic():
        count = counted_today(org, actor=actor, action=action, entries=entries, now=now)
        has_entry = count <= entries
        if has_entry:
            record(org, actor=actor, action=action, target=target)
    return has_entry
