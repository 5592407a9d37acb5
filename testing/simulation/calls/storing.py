"""The storage of recordings, and the thread that carries sound to it, of simulated calls.

The thread is a real one that runs only when it is given its turn, for what it runs waits nowhere:
before and behind each thing that it asks outside it blocks, and the task that resumes it may be
killed or frozen there as at any other step.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from io import BytesIO
from typing import Any, Final, TypeVar

from django.core.files.base import ContentFile

from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.recordings.live_recording import LiveRecording
from testing.simulation.choices import Choices
from testing.simulation.loop import process_now

Answer = TypeVar("Answer")
# What a storage takes before it has done what it was asked, and before it says so.
TAKES: Final = (0.0, 0.05, 0.5, 3.0)  # seconds
FAILS: Final = 0.01
ROOM: Final = 10**9
LONGEST_WAIT: Final = 30.0  # real seconds; a turn takes some microseconds


class Gone(BaseException):
    """The process is no more. No service may catch it."""


class StoringThread:
    """The executor of one process's recordings: jobs in order, one at a time."""

    def __init__(self, choices: Choices, *, is_slow: bool) -> None:
        """is_slow: its storage takes time, now and then."""
        self.errors: list[Exception] = []  # that a job has raised
        self._choices = choices
        self._takes = TAKES if is_slow else TAKES[:1]
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._has_jobs = asyncio.Event()
        self._is_waiting = False  # within a job
        self._is_over = False
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """As an executor's."""
        future: Future[Any] = Future()
        self._jobs.append((future, partial(work, *args, **kwargs)))
        self._has_jobs.set()
        return future

    @property
    def is_idle(self) -> bool:
        """Whether all that was submitted is done."""
        return not self._jobs

    async def work(self) -> None:
        """Do the jobs, until cancelled."""
        while True:
            while self._jobs:
                self._go_on()
                while self._is_waiting:
                    await asyncio.sleep(self._takes[self._choices.pick(len(self._takes), odds=0.1)])
                    self._go_on()
                future, _ = self._jobs.popleft()
                future.set_result(None)
            self._has_jobs.clear()
            await self._has_jobs.wait()

    def stands(self) -> None:
        """Stand still, on the thread. Raises Gone when the process has died meanwhile."""
        self._is_waiting = True
        self._back.release()
        self._turn.acquire()
        self._is_waiting = False
        if self._is_over:
            raise Gone

    def end(self) -> None:
        """The run is over."""
        self._is_over = True
        if self._thread is not None:
            self._turn.release()
            self._thread.join(LONGEST_WAIT)

    def _go_on(self) -> None:
        if self._thread is None:
            name = process_now.get()
            self._thread = threading.Thread(target=self._run, args=(name,), daemon=True)
            self._thread.start()
        self._turn.release()
        if not self._back.acquire(timeout=LONGEST_WAIT):
            raise AssertionError("a thread stands still")

    def _run(self, name: str) -> None:
        process_now.set(name)  # what it wakes is its process's
        _of_thread.storing = self
        self._turn.acquire()
        while not self._is_over:
            _, work = self._jobs[0]
            try:
                work()
            except Gone:
                return
            except Exception as error:  # as an executor, which keeps it
                self.errors.append(error)
            self._back.release()
            self._turn.acquire()


_of_thread = threading.local()


def stand() -> None:
    """Something is asked outside, by the thread that runs."""
    storing: StoringThread | None = getattr(_of_thread, "storing", None)
    if storing is not None:
        storing.stands()


class Storage:
    """A storage that replaces what is stored again, as ours do. Its process may die at each."""

    def __init__(self, choices: Choices) -> None:
        self.pieces: dict[str, bytes] = {}
        self.is_broken = False  # once it was
        self.is_slow = bool(choices.pick(2))
        self._choices = choices

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        self._ask()
        return self._told(name in self.pieces)

    def open(self, name: str, _mode: str = "rb") -> BytesIO:
        """Read it."""
        self._ask()
        return self._told(BytesIO(self.pieces[name]))

    def save(self, name: str, content: "ContentFile[bytes]") -> str:
        """Store it."""
        self._ask()
        self.pieces[name] = content.read()
        return self._told(name)

    def delete(self, name: str) -> None:
        """Delete it, if it is there."""
        self._ask()
        self.pieces.pop(name, None)
        self._told(None)

    def _ask(self) -> None:
        stand()
        self._may_fail()

    def _told(self, answer: Answer) -> Answer:
        self._may_fail()
        stand()
        return answer

    def _may_fail(self) -> None:
        if self._choices.happens(FAILS):
            self.is_broken = True
            raise OSError(5, "of a storage")


class Uploader(RecordingUploader):
    """The recordings of one process, on its one thread."""

    def __init__(self, recorder: Any, storing: StoringThread) -> None:
        super().__init__(recorder, lambda _org_id: ROOM)
        self._storing = storing

    def _thread_of(self, recording: LiveRecording) -> Any:
        return self._storing
