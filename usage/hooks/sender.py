"""The thread that sends: beside the worker's own, which settles calls and waits for nobody.

A task wakes it. It leases endpoints for a turn each (`usage.hooks.scheduling`), a few at once,
until nothing is due, then sleeps until something is or a task wakes it again. Its loop waits for
receivers; rows are read and written on a second thread, with a connection of its own.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.utils import timezone

from usage.hooks import outcomes, scheduling, sending
from usage.hooks.scheduling import EndpointLease
from voicex.fence.posts import Poster, PostResult
from voicex.threads import on_database_thread

TURNS: Final = 16  # endpoints that are sent to at once, of one process
AT_ONCE: Final = 4  # deliveries on their way to one endpoint; those of one call follow each other
PACE: Final = 50  # deliveries a second to one endpoint
TURN_SECONDS: Final = 10.0  # after which a turn begins no delivery: others wait for theirs
LOOK_AGAIN: Final = 0.2  # seconds; for what has become due while slow receivers are waited for
LONGEST_SLEEP: Final = 60.0  # the sweeper wakes it sooner
AFTER_A_FAULT: Final = 5.0
STOP_SECONDS: Final = 5.0  # for what is on its way when a worker ends; it has 10 s itself

Clock = Callable[[], datetime]

log = structlog.get_logger(__name__)


class Sender:
    """The sender of a process, started when it is woken first. For any thread."""

    def __init__(self, *, clock: Clock = timezone.now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        """Have whatever is due sent, soon. Nothing happens while it is stopping."""
        with self._lock:
            if self._is_stopping:
                return
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
            else:
                self._look()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is on its way."""
        with self._lock:
            self._is_stopping = True
            thread = self._thread
            self._look()
        if thread is not None:
            thread.join(STOP_SECONDS)
        with self._lock:
            self._thread, self._is_stopping = None, False

    def _look(self) -> None:
        """Wake the loop. One that has not begun looks anyway. The caller has the lock."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.set_default_executor(rows_thread())
            self._woken = asyncio.Event()
            with self._lock:
                self._loop = loop
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            await self._send_until_stopped()
        finally:
            with self._lock:
                self._loop = None  # before it is closed

    async def _send_until_stopped(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            try:
                wait = await self._send()
            except Exception as error:  # boundary: a fault must not end the thread
                log.error("webhooks_not_sent", error=type(error).__name__)
                wait = AFTER_A_FAULT
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _send(self) -> float:
        """Send all that is due; for how many seconds nothing more is."""
        await send_due(clock=self._clock, is_stopping=lambda: self._is_stopping)
        now = self._clock()
        due = await on_database_thread(scheduling.next_due, now=now)
        if due is None:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(0.05, (due - now).total_seconds()))


def rows_thread() -> ThreadPoolExecutor:
    """The thread that reads and writes rows for a loop that sends."""
    return ThreadPoolExecutor(1, thread_name_prefix="webhook-rows")


async def send_due(*, clock: Clock, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Send whatever is due until nothing is; a turn that ends makes room for the next."""
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            if len(running) < TURNS and not is_stopping():
                taken = await on_database_thread(scheduling.take, TURNS - len(running), now=clock())
                running |= {
                    asyncio.create_task(_turn(each, clock=clock), name="webhook-turn")
                    for each in taken
                }
            if not running:
                return
            _done, running = await asyncio.wait(
                running, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
            )
    finally:
        await asyncio.gather(*running)  # each ends within seconds


async def _turn(lease: EndpointLease, *, clock: Clock) -> None:
    began = clock()
    try:
        answers = await _answers(lease, clock=clock)
        rest = began + timedelta(seconds=len(answers) / PACE)
        await on_database_thread(outcomes.store, lease, answers, rest=rest, now=clock())
    except Exception as error:  # boundary: the turns beside it; its lease ends in a while
        log.error("webhook_turn_failed", error=type(error).__name__)


async def _answer(
    client: Poster, target: sending.Target, post: sending.Post, *, clock: Clock
) -> PostResult:
    try:
        return await sending.send(client, target, post, now=clock())
    except Exception as error:  # boundary: the posts beside it, which may have been taken
        log.error("webhook_broke", delivery_id=post.delivery_id, error=type(error).__name__)
        return PostResult(problem="broken")


async def _answers(lease: EndpointLease, *, clock: Clock) -> dict[int, PostResult]:
    """What came of the turn's deliveries, by primary key; a failure lets no other begin."""
    target = lease.target
    if target is None:
        return {each.delivery_id: PostResult(problem=outcomes.UNREADABLE) for each in lease.posts}
    answers: dict[int, PostResult] = {}
    ends_at = asyncio.get_running_loop().time() + TURN_SECONDS
    is_over = False
    free = asyncio.Semaphore(AT_ONCE)

    async def send_in_order(posts: list[sending.Post]) -> None:
        nonlocal is_over
        async with free:
            for post in posts:
                if is_over or asyncio.get_running_loop().time() > ends_at:
                    return
                answer = await _answer(client, target, post, clock=clock)
                answers[post.delivery_id] = answer
                is_over = is_over or not sending.is_taken(answer)

    # A client a turn: one for all would look at every connection that is kept before each request.
    async with sending.poster() as client, asyncio.TaskGroup() as tasks:
        for posts in _by_call(lease):
            tasks.create_task(send_in_order(posts), name="webhook-posts")
    return answers


def _by_call(lease: EndpointLease) -> list[list[sending.Post]]:
    """The deliveries of each call, in their order; one without a call is by itself."""
    chains: dict[tuple[str, int], list[sending.Post]] = {}
    for post in lease.posts:
        key = ("alone", post.delivery_id) if post.call_id is None else ("call", post.call_id)
        chains.setdefault(key, []).append(post)
    return list(chains.values())


sender: Final = Sender()
