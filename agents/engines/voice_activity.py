"""Is there speech now? One service a process, for the listeners of all its calls.

Frames are gathered into windows of 32 ms on the event loop. One worker thread takes
whatever windows wait, one of each listener, in one inference. After an idle moment a window
goes at once; under load inferences begin `GATHER_SECONDS` apart, for one of eight windows
costs little more than one of a single window. All state but the model's is the event
loop's own; there is no lock.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from agents.engines.silero import WINDOW, Silero
from agents.speech import mulaw

# 2 s. More can only mean that this machine cannot follow; old news would be worse than none.
MAX_WAITING: Final = 2 * mulaw.RATE // WINDOW

# What a window waits at most for company. Without it forty callers came one or two at a time,
# and inference was most of what a call cost; more than this would be heard as delay.
GATHER_SECONDS: Final = 0.008


class VoiceListener:
    """One caller's ear; made by `VoiceActivity.listener`. For the event loop's thread."""

    def __init__(
        self, service: "VoiceActivity", row: int, on_probability: Callable[[float], None]
    ) -> None:
        self.row = row
        self.is_fresh = True  # the row still holds its last owner's memory
        self._service = service
        self._on_probability = on_probability
        self._context = copy_context()  # callbacks log, and make tasks, as the caller's own
        self._part = bytearray()
        self._waiting: deque[bytes] = deque()
        self._skipped = 0  # windows dropped, all older than those waiting
        self._last = 0.0
        self._is_closed = False

    def push(self, payload: bytes) -> None:
        """Hear `payload` (mu-law, 8 kHz, any length); never blocks.

        Full (2 s wait): the oldest windows go and are counted in the service's
        `windows_dropped`; the callback then repeats the value before them, so that who
        counts windows keeps the right time.
        """
        if self._is_closed:
            return
        self._part += payload
        while len(self._part) >= WINDOW:
            if len(self._waiting) == MAX_WAITING:
                self._waiting.popleft()
                self._skipped += 1
                self._service.windows_dropped += 1
            self._waiting.append(bytes(self._part[:WINDOW]))
            del self._part[:WINDOW]
        if self._waiting:
            self._service.take_notice(self)

    def close(self) -> None:
        """Hear nothing more; no callback comes after this."""
        if not self._is_closed:
            self._is_closed = True
            self._waiting.clear()
            self._service.release(self)

    @property
    def has_waiting(self) -> bool:
        """Whether a whole window waits."""
        return bool(self._waiting)

    def take(self) -> tuple[int, bytes]:
        """How many windows were dropped before the oldest that waits, and that one."""
        skipped, self._skipped = self._skipped, 0
        return skipped, self._waiting.popleft()

    def tell(self, skipped: int, probability: float, loop: asyncio.AbstractEventLoop) -> None:
        """Have the callback called. Each call is a turn of the loop of its own, so that an
        error in one caller's callback is the loop's to report and nobody else's to suffer."""
        for value in [self._last] * skipped + [probability]:
            loop.call_soon(self._call_back, value, context=self._context)
        self._last = probability

    def _call_back(self, probability: float) -> None:
        if not self._is_closed:
            self._on_probability(probability)


class VoiceActivity:
    """The service; `await VoiceActivity.start()` makes one, for the running event loop."""

    def __init__(self, model: Silero, worker: ThreadPoolExecutor) -> None:
        self.windows_dropped = 0
        self.batches = 0
        self._model = model
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._noticed: dict[VoiceListener, None] = {}  # those with a window, first come first
        self._is_busy = False  # a batch is being computed, or is due
        self._began_at = -GATHER_SECONDS  # when the latest batch began, on the loop's clock
        self._is_closed = False
        self._free_rows: list[int] = []
        self._rows = 0

    @classmethod
    async def start(cls) -> Self:
        """Load the model and compute once, so that no call pays for it. Raises EngineMissing."""
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice-activity")
        loop = asyncio.get_running_loop()
        model = await loop.run_in_executor(worker, Silero)
        silence = bytes([mulaw.SILENCE]) * WINDOW
        await loop.run_in_executor(worker, model.probabilities, [0], [silence])
        return cls(model, worker)

    def listener(self, on_probability: Callable[[float], None]) -> VoiceListener:
        """A new listener; `on_probability` is called on the loop for each 32 ms, in order."""
        if self._free_rows:
            row = self._free_rows.pop()
        else:
            row, self._rows = self._rows, self._rows + 1
        return VoiceListener(self, row, on_probability)

    async def aclose(self) -> None:
        """Stop the worker after the inference it is in; what waits, or comes, is forgotten."""
        self._is_closed = True
        await asyncio.to_thread(self._worker.shutdown, wait=True, cancel_futures=True)

    def take_notice(self, listener: VoiceListener) -> None:
        """Listener's side: a window of `listener` waits."""
        self._noticed[listener] = None
        if not self._is_busy:
            self._is_busy = True
            self._begin_when_due()

    def release(self, listener: VoiceListener) -> None:
        """Listener's side: `listener` is closed, its row may be given to another."""
        self._noticed.pop(listener, None)
        self._free_rows.append(listener.row)

    def _begin_when_due(self) -> None:
        wait = self._began_at + GATHER_SECONDS - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self._begin_batch)
        else:
            # Soon and not now: sockets that are readable in this turn join the batch.
            self._loop.call_soon(self._begin_batch)

    def _begin_batch(self) -> None:
        self._is_busy = bool(self._noticed) and not self._is_closed
        if not self._is_busy:
            return
        self.batches += 1
        self._began_at = self._loop.time()
        batch = list(self._noticed)
        taken = [listener.take() for listener in batch]
        rows = [listener.row for listener in batch]
        fresh = [listener.row for listener in batch if listener.is_fresh]
        for listener in batch:
            listener.is_fresh = False
            if not listener.has_waiting:
                del self._noticed[listener]
        windows = [window for _, window in taken]
        inference = self._worker.submit(self._infer, fresh, rows, windows)
        told = [(listener, skipped) for listener, (skipped, _) in zip(batch, taken, strict=True)]
        inference.add_done_callback(
            lambda done: self._loop.call_soon_threadsafe(self._end_batch, told, done)
        )

    def _infer(
        self, fresh: list[int], rows: list[int], windows: list[bytes]
    ) -> NDArray[np.float32]:
        for row in fresh:
            self._model.forget(row)
        return self._model.probabilities(rows, windows)

    def _end_batch(
        self, told: list[tuple[VoiceListener, int]], done: Future[NDArray[np.float32]]
    ) -> None:
        if done.cancelled():
            return
        self._is_busy = bool(self._noticed)
        if self._is_busy:
            self._begin_when_due()
        for (listener, skipped), probability in zip(told, done.result().tolist(), strict=True):
            listener.tell(skipped, probability, self._loop)
