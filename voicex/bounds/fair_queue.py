"""A queue that serves senders in turn, so that one sender's flood does not delay others. Pure."""

from collections import Counter, OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Things that wait, of each part of a sender in the order in which they came.

    Senders take turns, and the parts of one take turns for what it has: a sender gets no more by
    having many. at_once: of one sender so many may be taken and not be done. least: the sender that
    loses what waits before any other does, however little it is. For one thread.
    """

    def __init__(self, *, at_once: int, least: str | None = None) -> None:
        self._at_once = at_once
        self._least = least
        # By sender and part; whose turn is next is first.
        self._waiting: OrderedDict[str, OrderedDict[str, deque[T]]] = OrderedDict()
        self._count = 0
        self._under_way: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._count

    def add(self, sender: str, item: T, *, part: str = "") -> None:
        """Let `item` wait for its sender's turn, and in that for its part's."""
        parts = self._waiting.setdefault(sender, OrderedDict())
        parts.setdefault(part, deque()).append(item)
        self._count += 1

    def take(self) -> T | None:
        """What is next; None when nothing waits whose sender has less than `at_once` under way."""
        free = (name for name in self._waiting if self._under_way[name] < self._at_once)
        sender = next(free, None)
        if sender is None:
            return None
        parts = self._waiting[sender]
        part, items = next(iter(parts.items()))
        item = items.popleft()
        self._count -= 1
        self._under_way[sender] += 1
        if items:
            parts.move_to_end(part)
        else:
            del parts[part]
        if parts:
            self._waiting.move_to_end(sender)
        else:
            del self._waiting[sender]
        return item

    def done(self, sender: str) -> None:
        """What was taken of this sender is done."""
        self._under_way[sender] -= 1
        if self._under_way[sender] <= 0:
            del self._under_way[sender]

    def drop(self, newcomer: str, *, part: str = "") -> T:
        """Remove and return an item of `least`, else of the sender with the most: the latest of its
        part with the most. On a tie it is `newcomer` and its `part`, else whose turn is last.

        Raises ValueError when nothing waits.
        """
        sender = self._least
        if sender is None or sender not in self._waiting:
            counts = {each: sum(map(len, parts.values())) for each, parts in self._waiting.items()}
            sender = _with_most(counts, newcomer)
        parts = self._waiting[sender]
        counts = {each: len(items) for each, items in parts.items()}
        lost = _with_most(counts, part if sender == newcomer else None)
        items = parts[lost]
        item = items.pop()
        self._count -= 1
        if not items:
            del parts[lost]
        if not parts:
            del self._waiting[sender]
        return item


def _with_most(counts: dict[str, int], preferred: str | None) -> str:
    """The name with the highest count; on a tie `preferred`, else the last one."""
    return max(reversed(counts), key=lambda name: (counts[name], name == preferred))
