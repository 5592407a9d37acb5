"""Detects stalls of the event loop, with the stack and the organization that caused them.

A thread checks a few times a second whether the loop is running. If not, it reads the stacks: the
loop's own, or, if the loop only waited for the interpreter lock, that of the thread which held it.
The organization is found in the local variables of those frames, so live calls need no bookkeeping.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, time
from types import FrameType
from typing import Any, Final

import structlog
from django.core.handlers.asgi import ASGIRequest

from accounts.models import Organization
from agents.engines.base import EngineSetup
from agents.models import Agent, AgentVersion
from agents.settings.config import AgentConfig

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.2
BEAT_SECONDS: Final = 0.1  # interval of beats
STALL_SECONDS: Final = 0.3
KEPT: Final = 20
MAX_FRAMES: Final = 20  # frames of a stack, the innermost
_ROOT: Final = str(Path(__file__).resolve().parents[2]) + "/"
# A thread whose innermost frame is in one of these modules is waiting, without the lock.
_WAITING: Final = ("/threading.py", "/queue.py", "/selectors.py", "/concurrent/futures/thread.py")
# Likewise for the loop: below these it is idle in its own C code.
_LOOP_IDLE: Final = ("/asyncio/runners.py", "/asyncio/base_events.py", "/selectors.py")


@dataclass(frozen=True, slots=True)
class Owner:
    """The organization and call that work was for: public ids, "" if unknown."""

    org_id: str = ""
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class Stall:
    """The event loop did not run for `ms`, until `at` (seconds since the epoch).

    stack: "file:line function", outermost first; empty when it ended before it was read.
    """

    at: float
    ms: int
    stack: tuple[str, ...] = ()
    org_id: str = ""
    agent_id: str = ""


class StallWatch:
    """Monitors one loop from its own thread. `beat` is for the loop's thread."""

    def __init__(self) -> None:
        self._beat_at = monotonic()
        self._loop_thread = 0
        self._stalls: deque[Stall] = deque(maxlen=KEPT)
        self._seen: Stall | None = None  # the current stall, as far as known
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def stalls(self) -> list[Stall]:
        """The latest stalls, newest first."""
        return list(reversed(self._stalls))

    def start(self) -> None:
        """Start to monitor the loop of the current thread."""
        self._loop_thread = threading.get_ident()
        self._beat_at = monotonic()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._work, name="stall-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join()

    def excuse(self) -> None:
        """Ignore the last stall, as that of the start before any calls."""
        self._beat_at = monotonic()
        self._seen = None

    def beat(self) -> None:
        """Report that the loop is running; to be called every BEAT_SECONDS."""
        now = monotonic()
        since_beat = now - self._beat_at
        self._beat_at = now
        seen, self._seen = self._seen, None
        if since_beat >= STALL_SECONDS:
            late_ms = round((since_beat - BEAT_SECONDS) * 1000)
            self._record(replace(seen or Stall(0, 0), at=time(), ms=late_ms))

    def poll(self, frames: Callable[[], dict[int, FrameType]], *, now: float) -> None:
        """Read the stacks if the loop is late. frames: returns them by thread id (costly with many
        threads); now: monotonic clock, seconds.
        """
        if self._seen is None and now - self._beat_at >= STALL_SECONDS:
            running = list(_running_frames(frames(), self._loop_thread))
            owner = owner_of(running)
            self._seen = Stall(0, 0, _described(running), owner.org_id, owner.agent_id)

    def _record(self, stall: Stall) -> None:
        self._stalls.append(stall)
        log.warning(
            "loop_stood_still",
            ms=stall.ms,
            org=stall.org_id,
            agent=stall.agent_id,
            stack=list(stall.stack),
        )

    def _work(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            self.poll(sys._current_frames, now=monotonic())


def _running_frames(frames: dict[int, FrameType], loop_thread: int) -> Iterator[FrameType]:
    """The frames of the thread that blocked the loop, innermost first."""
    loop_frame = frames.get(loop_thread)
    if loop_frame is not None and not _is_in(loop_frame, _LOOP_IDLE):
        return _outwards(loop_frame)
    own = threading.get_ident()
    others = (frame for thread, frame in frames.items() if thread not in (loop_thread, own))
    busy = next((frame for frame in others if not _is_in(frame, _WAITING)), None)
    return _outwards(busy) if busy is not None else iter(())


def _is_in(frame: FrameType, files: tuple[str, ...]) -> bool:
    return frame.f_code.co_filename.endswith(files)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _described(frames: Iterable[FrameType]) -> tuple[str, ...]:
    lines = [
        f"{frame.f_code.co_filename.removeprefix(_ROOT)}:{frame.f_lineno} {frame.f_code.co_name}"
        for frame in frames
    ]
    return tuple(reversed(lines[:MAX_FRAMES]))


def owner_of(frames: Iterable[FrameType]) -> Owner:
    """The owner of the work in `frames` (innermost first), as far as their variables show."""
    org_id = agent_id = ""
    for frame in frames:
        # A copy: of a module that is being imported these are its globals, which still grow.
        for value in tuple(frame.f_locals.values()):
            found = _owner_in(value)
            org_id, agent_id = org_id or found.org_id, agent_id or found.agent_id
        if org_id and agent_id:
            break
    return Owner(org_id, agent_id)


def _owner_in(value: Any) -> Owner:
    find = _FINDERS.get(type(value))
    return find(value) if find is not None else Owner()


def _of_request(request: ASGIRequest) -> Owner:
    org = request.__dict__.get("org")
    return Owner(org.public_id) if isinstance(org, Organization) else Owner()


def _of_agent(agent: Agent) -> Owner:
    # Not agent.org: what is not loaded would be a query, on this thread.
    org = agent._state.fields_cache.get("org")
    return Owner(org.public_id if org else "", agent.public_id)


def _of_version(version: AgentVersion) -> Owner:
    agent = version._state.fields_cache.get("agent")
    return _of_agent(agent) if agent else Owner()


# By the exact type: a live call's frames hold thousands of other values.
_FINDERS: Final[dict[type, Callable[[Any], Owner]]] = {
    Organization: lambda org: Owner(org.public_id),
    Agent: _of_agent,
    AgentVersion: _of_version,
    AgentConfig: lambda config: Owner("", config.agent_id),
    ASGIRequest: _of_request,
    EngineSetup: lambda setup: Owner(setup.org_id, setup.config.agent_id),
}


def register_owner(kind: type, find: Callable[[Any], Owner]) -> None:
    """Register a type of variables that identify the owner of work. Call at import time."""
    _FINDERS[kind] = find
