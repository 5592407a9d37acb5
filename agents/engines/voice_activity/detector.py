"""The voice activity service: one for each process, for all of its calls.

Frames are collected into windows of 32 ms, and waiting windows, one of each listener, are judged as
a batch. After an idle moment a window is judged at once; under load batches begin `GATHER_SECONDS`
apart, because a batch of eight windows costs little more than a single window.

All of it runs on the event loop: a batch of a hundred callers takes less than 2 ms, one of ten 0.2
ms, and two thread switches would cost more than the batch itself (`python -m
benchmarks.voice_activity`; docs/adr/0010-voice-activity-on-the-loop.md).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Final, Self

from agents.engines.voice_activity.silero import WINDOW, Silero
from agents.speech.audio import mulaw

# 2 s. More can only mean that this machine cannot follow; old news would be worse than none.
MAX_WAITING: Final = 2 * mulaw.RATE // WINDOW

# What a window waits at most for company. Without it forty callers come one or two at a time,
# at five times the cost each. 6 ms cost three batches in place of two, and 5 % more CPU at forty
# callers; the goal is that 99 in 100 windows are judged within 10 ms.
GATHER_SECONDS: Final = 0.008


class VoiceListener:
    """The windows of one caller; made by `VoiceActivity.listener`. For the event loop's thread."""

    def __init__(
        self, service: "VoiceActivity", row: int, on_probability: Callable[[float], None]
    ) -> None:
        self.row = row
        self._service = service
        self._on_probability: Callable[[float], None] | None = on_probability  # None: closed
        self._context = copy_context()  # callbacks log, and make tasks, as the caller's own
        self._part = bytearray()
        self._waiting: deque[bytes] = deque()
        self._skipped = 0  # windows dropped, all older than those waiting
        self._last = 0.0

    def push(self, payload: bytes) -> None:
        """Hear `payload` (mu-law, 8 kHz, any length); never blocks.

        Full (2 s wait): the oldest windows go and are counted in the service's
        `windows_dropped`; the callback then repeats the value before them, so that counting windows
        keeps the right time.
        """
        if self._on_probability is None:
            return
        part = self._part
        part += payload
        if len(part) < WINDOW:  # three frames of eight
            return
        while len(part) >= WINDOW:
            if len(self._waiting) == MAX_WAITING:
                self._waiting.popleft()
                self._skipped += 1
                self._service.windows_dropped += 1
            self._waiting.append(bytes(part[:WINDOW]))
            del part[:WINDOW]
        self._service.enqueue(self)

    def set_speaking(self, is_speaking: bool) -> None:
        """Set whether the caller is speaking: then every window is judged."""
        if self._on_probability is not None:
            self._service.set_speaking(self, is_speaking)

    def close(self) -> None:
        """Stop listening; no callback follows."""
        if self._on_probability is not None:
            self._on_probability = None
            self._waiting.clear()
            self._service.release(self)

    @property
    def has_waiting(self) -> bool:
        """Whether a whole window waits."""
        return bool(self._waiting)

    def take(self) -> tuple[int, bytes]:
        """Take the oldest waiting window, and the number of windows dropped before it."""
        skipped, self._skipped = self._skipped, 0
        return skipped, self._waiting.popleft()

    def deliver(self, skipped: int, probability: float, loop: asyncio.AbstractEventLoop) -> None:
        """Call the callback. Its errors are reported by `loop` and affect no other caller."""
        for _ in range(skipped):
            self._context.run(self._call_back, self._last, loop)
        self._context.run(self._call_back, probability, loop)
        self._last = probability

    def _call_back(self, probability: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._on_probability is None:
            return
        try:
            self._on_probability(probability)
        except Exception as error:
            told = {"message": "a callback of voice activity broke", "exception": error}
            loop.call_exception_handler(told)


class VoiceActivity:
    """The service; `await VoiceActivity.start()` makes one, for the running event loop."""

    def __init__(self, model: Silero) -> None:
        self.windows_dropped = 0
        self.batches = 0
        self._model = model
        self._loop = asyncio.get_running_loop()
        self._noticed: dict[VoiceListener, None] = {}  # those with a window, first come first
        self._is_due = False  # a batch is
        self._began_at = -GATHER_SECONDS  # when the latest batch began, on the loop's clock
        self._is_closed = False
        self._free_rows: list[int] = []
        self._rows = 0

    @classmethod
    async def start(cls) -> Self:
        """Load the model and run it once, before any call. Raises EngineMissing."""
        model = await asyncio.to_thread(Silero)
        model.probabilities([0], [bytes([mulaw.SILENCE]) * WINDOW])
        return cls(model)

    def listener(self, on_probability: Callable[[float], None]) -> VoiceListener:
        """A new listener; `on_probability` is called on the loop for each 32 ms, in order."""
        if self._free_rows:
            row = self._free_rows.pop()
        else:
            row, self._rows = self._rows, self._rows + 1
        self._model.forget(row)
        return VoiceListener(self, row, on_probability)

    async def aclose(self) -> None:
        """Stop the service; waiting and later windows are dropped."""
        self._is_closed = True
        self._noticed.clear()

    def enqueue(self, listener: VoiceListener) -> None:
        """Listener's side: a window of `listener` waits."""
        if not self._is_closed:
            self._noticed[listener] = None
            self._ensure_scheduled()

    def set_speaking(self, listener: VoiceListener, is_speaking: bool) -> None:
        """Listener's side: the caller of `listener` speaks, or pauses or has ended."""
        self._model.set_speaking(listener.row, is_speaking)

    def release(self, listener: VoiceListener) -> None:
        """Listener's side: `listener` is closed, its row may be given to another."""
        self._noticed.pop(listener, None)
        self._free_rows.append(listener.row)

    def _ensure_scheduled(self, *, is_late: bool = False) -> None:
        """Schedule a batch if windows wait; is_late: some have waited for long."""
        if self._is_due or not self._noticed:
            return
        self._is_due = True
        wait = self._began_at + GATHER_SECONDS - self._loop.time()
        if wait > 0 and not is_late:
            self._loop.call_later(wait, self._judge_batch)
        else:
            # Soon and not now: sockets that are readable in this turn join the batch.
            self._loop.call_soon(self._judge_batch)

    def _judge_batch(self) -> None:
        self._is_due = False
        self._began_at = self._loop.time()
        batch = list(self._noticed)
        if not batch:  # who waited has hung up
            return
        self.batches += 1
        taken = [listener.take() for listener in batch]
        is_late = False
        for listener in batch:
            if listener.has_waiting:  # a window is longer than batches are apart
                is_late = True
            else:
                del self._noticed[listener]
        self._ensure_scheduled(is_late=is_late)
        probabilities = self._model.probabilities(
            [listener.row for listener in batch], [window for _, window in taken]
        )
        for listener, (skipped, _), probability in zip(batch, taken, probabilities, strict=True):
            listener.deliver(skipped, probability, self._loop)
