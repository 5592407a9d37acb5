"""A queue that serves senders in turn, so that one sender's flood does not delay others. Pure."""

from collections import Counter, OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Things that wait, of each sender in the order in which they came.

    at_once: of one sender so many may be taken and not be done. least: the sender that loses what
    waits before any other does, however little it is. For one thread.
    """

    def __init__(self, *, at_once: int, least: str | None = None) -> None:
        self._at_once = at_once
        self._least = least
        # By sender; whose turn is next is first.
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._count = 0
        self._under_way: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._count

    def add(self, sender: str, item: T) -> None:
        """Let `item` wait for its sender's turn."""
        self._waiting.setdefault(sender, deque()).append(item)
        self._count += 1

    def take(self) -> T | None:
        """What is next; None when nothing waits whose sender has less than `at_once` under way."""
        free = (name for name in self._waiting if self._under_way[name] < self._at_once)
        sender = next(free, None)
        if sender is None:
            return None
        items = self._waiting[sender]
        item = items.popleft()
        self._count -= 1
        self._under_way[sender] += 1
        if items:
            self._waiting.move_to_end(sender)
        else:
            del self._waiting[sender]
        return item

    def done(self, sender: str) -> None:
        """What was taken of this sender is done."""
        self._under_way[sender] -= 1
        if self._under_way[sender] <= 0:
            del self._under_way[sender]

    def drop(self, newcomer: str) -> T:
        """Remove and return the latest item of `least`, else of the sender with the most items (on
        a tie `newcomer`).

        Raises ValueError when nothing waits.
        """
        sender = self._least
        if sender is None or sender not in self._waiting:
            waiting = self._waiting.items()
            sender = max(waiting, key=lambda each: (len(each[1]), each[0] == newcomer))[0]
        items = self._waiting[sender]
        item = items.pop()
        self._count -= 1
        if not items:
            del self._waiting[sender]
        return item
