"""The dashboard's sockets: who may open one, what goes over it, and when it is closed."""

import asyncio
import json
import threading
from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils import timezone

from accounts.members import impersonation
from accounts.members.organizations import remove_member, set_role
from accounts.models import AuditEntry, Membership
from dashboard.live import access
from dashboard.live import consumer as live_consumer
from dashboard.live.consumer import ListenConsumer, NewsConsumer
from telephony.calls import live_hub
from testing.calls.media_stream import Stream
from testing.cast import Cast
from testing.engines import settle
from testing.guard import GUARD_SECONDS
from testing.office import Office, browser_of
from voicex.sockets import PerUserLimit, SocketEnded, SocketLimit

pytestmark = pytest.mark.django_db(transaction=True)

CALL_SID = "CA" + "7" * 32
FRAMES = b"\x10" * 1600


class Page(Stream):
    """A browser's side of one of the sockets."""

    def __init__(self, user, office: Office, *, consumer=NewsConsumer, call_sid: str = "") -> None:
        super().__init__()
        self.consumer = consumer
        self.arguments = {"org_id": office.org.public_id}
        if call_sid:
            self.arguments["call_sid"] = call_sid
        session = browser_of(user).session.session_key if user else "nobody"
        self.headers = {
            "host": "localhost:8000",
            "origin": "http://localhost:8000",
            "cookie": f"sessionid={session}",
        }

    def serving(self) -> "asyncio.Task[None]":
        scope = {
            "type": "websocket",
            "headers": [(name.encode(), text.encode()) for name, text in self.headers.items()],
            "url_route": {"kwargs": self.arguments},
        }
        self.inbox.put_nowait({"type": "websocket.connect"})
        return asyncio.create_task(self.consumer.as_asgi()(scope, self.receive, self.send))

    @property
    def is_open(self) -> bool:
        return {"type": "websocket.accept"} in self.sent

    @property
    def got(self) -> list:
        sent = [each for each in self.sent if each["type"] == "websocket.send"]
        return [each.get("bytes") or json.loads(each["text"]) for each in sent]


async def finished(task: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(GUARD_SECONDS):
        await task


async def tell(org_id: str, *call_ids: int) -> None:
    message = {"type": "news", "calls": list(call_ids)}
    await get_channel_layer().group_send(live_hub.news_group(org_id), message)


def test_a_viewer_gets_the_news_of_the_own_organization_and_no_others(cast, acorn):
    page = Page(cast.vera, acorn)

    async def scenario():
        task = page.serving()
        await page.until(lambda: page.is_open)
        await settle()
        await tell("another", 1)
        await tell(acorn.org.public_id, 81, 82)
        await page.until(lambda: page.got)
        page.disconnects()
        await finished(task)

    asyncio.run(scenario())
    assert page.got == [{"calls": [81, 82]}]
    assert page.close_codes == []
    assert NewsConsumer.open_sockets.count == 0


@pytest.mark.parametrize(
    "wrong", ["nobody", "stranger", "operator", "another origin", "no origin", "crowd"]
)
def test_all_others_are_refused(cast, acorn, wrong, monkeypatch):
    users = {"nobody": None, "stranger": cast.charlie, "operator": cast.olga}
    page = Page(users.get(wrong, cast.vera), acorn)
    if wrong == "another origin":
        page.headers["origin"] = "https://evil.example"
    elif wrong == "no origin":
        del page.headers["origin"]
    elif wrong == "crowd":
        monkeypatch.setattr(NewsConsumer, "open_sockets", SocketLimit(0))
    asyncio.run(_served(page))
    assert not page.is_open
    assert page.close_codes == [live_consumer.CLOSE_POLICY]


async def _served(page: Page) -> None:
    await finished(page.serving())


def test_one_person_leaves_room_for_others(cast, acorn, monkeypatch):
    monkeypatch.setattr(NewsConsumer, "of_one", PerUserLimit(2))
    first, second, third = (Page(cast.vera, acorn) for _ in range(3))
    another, again = Page(cast.adam, acorn), Page(cast.vera, acorn)

    async def scenario():
        tasks = [page.serving() for page in (first, second)]
        for page in (first, second):
            await page.until(lambda page=page: page.is_open)
        await _served(third)
        tasks.append(another.serving())
        await another.until(lambda: another.is_open)
        for page in (first, second, another):
            page.disconnects()
        for task in tasks:
            await finished(task)
        after = again.serving()
        await again.until(lambda: again.is_open)
        again.disconnects()
        await finished(after)

    asyncio.run(scenario())
    assert not third.is_open
    assert third.close_codes == [live_consumer.CLOSE_TRY_LATER]  # the page then polls


def test_the_socket_of_a_user_who_loses_access_is_closed(cast, acorn, monkeypatch):
    monkeypatch.setattr(live_consumer, "CHECK_SECONDS", 0.01)
    page = Page(cast.vera, acorn)
    is_out = threading.Event()
    may_stay = NewsConsumer.may_stay

    async def asked(self, session_key, arguments):
        # Until then without the database: SQLite in memory refuses a writer beside a reader.
        return not is_out.is_set() or await may_stay(self, session_key, arguments)

    monkeypatch.setattr(NewsConsumer, "may_stay", asked)

    async def scenario():
        task = page.serving()
        await page.until(lambda: page.is_open)
        await asyncio.to_thread(Membership.objects.filter(user=cast.vera).delete)
        is_out.set()
        await finished(task)

    asyncio.run(scenario())
    assert page.close_codes == [live_consumer.CLOSE_POLICY]


def test_without_a_channel_layer_the_socket_is_closed_and_the_page_polls(
    cast, acorn, monkeypatch, logged
):
    class Away:
        async def new_channel(self):
            raise ConnectionError

    monkeypatch.setattr(live_consumer, "get_channel_layer", Away)
    page = Page(cast.vera, acorn)
    asyncio.run(_served(page))
    assert page.close_codes == [live_consumer.CLOSE_TRY_LATER]
    assert [event["event"] for event in logged] == ["live_socket_failed"]


def test_an_admin_hears_both_sides_and_that_is_written_down(cast, acorn, monkeypatch):
    call = acorn.rings(CALL_SID)
    page = Page(cast.adam, acorn, consumer=ListenConsumer, call_sid=CALL_SID)
    monkeypatch.setattr(live_hub, "LISTEN_SECONDS", 0.01)
    orders = []
    monkeypatch.setattr(access, "is_live", lambda call_id: not (orders and page.got))

    async def order(call_id, what):
        orders.append((call_id, what))

    monkeypatch.setattr(live_hub, "order", order)

    async def scenario():
        task = page.serving()
        await page.until(lambda: page.is_open)
        sound = {"type": "sound", "caller": FRAMES, "agent": FRAMES}
        await get_channel_layer().group_send(live_hub.sound_group(call.pk), sound)
        await page.until(lambda: page.got)
        await finished(task)

    asyncio.run(scenario())
    assert [len(pcm) for pcm in page.got] == [4 * len(FRAMES)]  # 16 bit, twice the rate
    assert set(orders) == {(call.pk, live_hub.LISTEN)}
    assert page.close_codes == [live_consumer.CLOSE_GOING]
    [entry] = AuditEntry.objects.filter(action="call.listened")
    assert (entry.actor, entry.target) == (cast.adam, CALL_SID)


@pytest.mark.parametrize("who", ["bob", "vera", "charlie"])
def test_no_role_below_admin_listens(cast, acorn, who):
    acorn.rings(CALL_SID)
    page = Page(getattr(cast, who), acorn, consumer=ListenConsumer, call_sid=CALL_SID)
    asyncio.run(_served(page))
    assert not page.is_open
    assert not AuditEntry.objects.filter(action="call.listened").exists()


def test_another_organizations_call_and_one_that_is_over_cannot_be_listened_to(cast, acorn):
    acorn.hangs_up(acorn.rings(CALL_SID))
    Office(cast.birch).rings("CA" + "8" * 32)
    for call_sid in (CALL_SID, "CA" + "8" * 32, "CA" + "9" * 32):
        page = Page(cast.adam, acorn, consumer=ListenConsumer, call_sid=call_sid)
        asyncio.run(_served(page))
        assert not page.is_open


def removed(cast: Cast) -> None:
    remove_member(cast.acorn, user=cast.vera, actor=None)


def deactivated(cast: Cast) -> None:
    cast.vera.is_active = False
    cast.vera.save()


def logged_out(cast: Cast) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.get_model_class().objects.all().delete()


def password_changed(cast: Cast) -> None:
    cast.vera.set_password("another-password-81")
    cast.vera.save()


@pytest.mark.parametrize("revoke", [removed, deactivated, logged_out, password_changed])
def test_a_right_that_is_lost_closes_the_socket_at_once(cast, acorn, monkeypatch, revoke):
    """No clock is waited for: the next check by the socket itself would be in half an hour."""
    monkeypatch.setattr(live_consumer, "CHECK_SECONDS", 1_800.0)
    page = Page(cast.vera, acorn)

    async def scenario():
        task = page.serving()
        await page.until(lambda: page.is_open)
        await settle()
        await sync_to_async(revoke)(cast)
        await finished(task)

    asyncio.run(scenario())
    assert page.close_codes == [live_consumer.CLOSE_POLICY]


def test_a_listener_who_is_made_a_member_hears_no_more_and_one_who_may_stay_stays(
    cast, acorn, monkeypatch
):
    monkeypatch.setattr(live_consumer, "CHECK_SECONDS", 1_800.0)
    acorn.rings(CALL_SID)
    # Without the database: SQLite in memory refuses a writer beside a reader.
    monkeypatch.setattr(access, "is_live", lambda _call_id: True)
    listener = Page(cast.adam, acorn, consumer=ListenConsumer, call_sid=CALL_SID)
    page = Page(cast.adam, acorn)

    async def scenario():
        tasks = [listener.serving(), page.serving()]
        for each in (listener, page):
            await each.until(lambda each=each: each.is_open)
        await settle()
        await sync_to_async(set_role)(acorn.org, user=cast.adam, role="viewer", actor=None)
        await finished(tasks[0])
        assert not tasks[1].done()
        page.disconnects()
        await finished(tasks[1])

    asyncio.run(scenario())
    assert listener.close_codes == [live_consumer.CLOSE_POLICY]
    assert page.close_codes == []


def test_an_impersonation_that_ends_closes_its_sockets_at_once(cast, acorn, monkeypatch):
    monkeypatch.setattr(live_consumer, "CHECK_SECONDS", 1_800.0)
    session = browser_of(cast.olga).session
    impersonation.begin(
        session,
        operator=cast.olga,
        org=acorn.org,
        role="viewer",
        reason="Help.",
        now=timezone.now(),
    )
    session.save()
    page = Page(None, acorn)
    page.headers["cookie"] = f"sessionid={session.session_key}"

    async def scenario():
        task = page.serving()
        await page.until(lambda: page.is_open)
        await settle()
        await sync_to_async(impersonation.end)(session, operator=cast.olga, now=timezone.now())
        await finished(task)

    asyncio.run(scenario())
    assert page.close_codes == [live_consumer.CLOSE_POLICY]


async def test_a_page_that_talks_without_end_is_left_alone():
    """News go to pages; nothing that a page says is waited for."""
    stream = Stream()
    for _ in range(1_000):
        stream.sends_text("x")
    with pytest.raises(SocketEnded) as over:
        async with asyncio.timeout(10):
            await NewsConsumer()._wait_for_end(stream.receive)
    assert over.value.code == 1008
