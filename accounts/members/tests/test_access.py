"""Who gets into an organization's pages, and what the audit log keeps."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.login.sessions import SessionStore
from accounts.members import streams
from accounts.members.access import member_required, record
from accounts.models import AuditEntry, Membership, SessionRow
from voicex.web.request_limiter import ABORT

pytestmark = pytest.mark.core

Role = Membership.Role


def visit(user, org_id, role):
    request = RequestFactory().get(f"/{org_id}/")
    request.user = user
    request.session = SessionStore()
    seen = {}

    @member_required(role)
    def view(request, org_id, **kwargs):
        seen.update(org=request.org, membership=request.membership, org_id=org_id, **kwargs)
        return HttpResponse("in")

    return view(request, org_id=org_id, page=2), seen


@pytest.mark.parametrize(
    ("who", "reaches"),
    [
        ("alice", [Role.OWNER, Role.ADMIN, Role.MEMBER, Role.VIEWER]),
        ("adam", [Role.ADMIN, Role.MEMBER, Role.VIEWER]),
        ("bob", [Role.MEMBER, Role.VIEWER]),
        ("vera", [Role.VIEWER]),
    ],
)
def test_a_member_comes_in_up_to_their_role_and_gets_403_above_it(cast, who, reaches):
    for role in Role:
        if role in reaches:
            response, seen = visit(getattr(cast, who), cast.acorn.public_id, role)
            assert response.content == b"in"
            assert (seen["org"], seen["org_id"], seen["page"]) == (
                cast.acorn,
                cast.acorn.public_id,
                2,
            )
            assert seen["membership"].user == getattr(cast, who)
        else:
            with pytest.raises(PermissionDenied):
                visit(getattr(cast, who), cast.acorn.public_id, role)


@pytest.mark.parametrize("who", ["charlie", "olga"])
def test_a_stranger_gets_404_even_the_platforms_operator(cast, who):
    with pytest.raises(Http404):
        visit(getattr(cast, who), cast.acorn.public_id, Role.VIEWER)


def test_an_organization_that_does_not_exist_is_404(cast):
    with pytest.raises(Http404):
        visit(cast.alice, "ffffffffffff", Role.VIEWER)


def test_a_visitor_goes_to_the_log_in_page_and_comes_back(cast):
    response, seen = visit(AnonymousUser(), cast.acorn.public_id, Role.VIEWER)
    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next=/{cast.acorn.public_id}/"
    assert not seen


def test_an_audit_entry_says_who_did_what_and_is_never_changed(cast):
    entry = record(cast.acorn, actor=cast.bob, action="key.issued", target="x" * 120)
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor, stored.action, stored.target) == (cast.bob, "key.issued", "x" * 120)
    stored.action = "nothing happened"
    with pytest.raises(TypeError, match="never changed"):
        stored.save()


LOSSES = {
    "membership": lambda user: Membership.objects.filter(user=user).delete(),
    "role": lambda user: Membership.objects.filter(user=user).update(role=Role.VIEWER),
    "session": lambda _user: SessionRow.objects.all().delete(),
    "session's time": lambda _user: SessionRow.objects.update(expire_date=timezone.now()),
    "password": lambda user: type(user).objects.filter(pk=user.pk).update(password="!changed"),
    "account": lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
}


async def letters() -> AsyncIterator[str]:
    for letter in "abcd":
        yield letter


@pytest.mark.parametrize("loss", LOSSES)
def test_a_file_that_is_being_sent_ends_when_its_reader_loses_access(
    cast, client, loss, monkeypatch
):
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.0)
    aborted: list[int] = []
    request = RequestFactory().get("/")
    client.force_login(cast.bob)
    request.user, request.session = cast.bob, SessionStore(client.session.session_key)
    request.scope = {ABORT: partial(aborted.append, 1)}

    @member_required(Role.MEMBER)
    def view(_request, _org_id):
        return StreamingHttpResponse(letters())

    async def sent() -> list[bytes]:
        parts = []
        async for part in view_parts:
            parts.append(part)
            if len(parts) == 2:
                await sync_to_async(LOSSES[loss])(cast.bob)
        return parts

    view_parts = view(request, cast.acorn.public_id).streaming_content
    assert async_to_sync(sent)() == [b"a", b"b"]
    assert aborted == [1]


async def test_what_is_cut_does_not_look_complete(monkeypatch):
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.0)
    lost: list[int] = []

    def abort() -> None:
        """As a transport does: its protocol hears of it in the loop's next turn."""
        asyncio.get_running_loop().call_soon(lost.append, 1)

    def sent_with(scope) -> AsyncIterator[bytes]:
        request, response = RequestFactory().get("/"), StreamingHttpResponse(letters())
        request.scope, has_access = scope, iter([True, False])
        streams.end_when_access_is_lost(response, request, has_access=has_access.__next__)
        return response.streaming_content

    parts = [(part, list(lost)) async for part in sent_with({ABORT: abort})]
    assert (parts, lost) == ([(b"a", [])], [1])
    with pytest.raises(PermissionDenied):
        [each async for each in sent_with({})]
