"""Histories of operations by several processes, checked against a model that does them in order.

A history is linear when each operation can be given one moment between its question and its answer
so that, done in the order of these moments, the model gives the same answers. One that was never
answered, because its process died, may have been done at any moment after its question, or never.
The search is that of Wing and Gong (1993) with the memory of Lowe (2017). Pure.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. began_ns, ended_ns: on a clock of all processes; ended_ns None: never
    answered, and `answer` means nothing.
    """

    process: int
    name: str
    about: tuple[Any, ...]
    began_ns: int
    ended_ns: int | None = None
    answer: Any = None

    def __str__(self) -> str:
        told = "never answered" if self.ended_ns is None else f"-> {self.answer!r}"
        return f"process {self.process}: {self.name}{self.about} {told}"


# From a state and an operation: what is answered, and the state after it.
Step = Callable[[State, Operation], tuple[Any, State]]


def is_linear(history: Sequence[Operation], begin: State, step: Step[State]) -> bool:
    """Whether some order of `history` gives its answers."""
    operations = sorted(history, key=lambda each: each.began_ns)
    everything = (1 << len(operations)) - 1
    unanswered = sum(1 << at for at, each in enumerate(operations) if each.ended_ns is None)
    seen: set[tuple[int, State]] = set()
    waiting: list[tuple[int, State]] = [(0, begin)]
    while waiting:
        done, state = found = waiting.pop()
        if done | unanswered == everything:
            return True
        if found in seen:
            continue
        seen.add(found)
        for at in _next(operations, done):
            answer, after = step(state, operations[at])
            if operations[at].ended_ns is None or answer == operations[at].answer:
                waiting.append((done | 1 << at, after))
    return False


def _next(operations: Sequence[Operation], done: int) -> list[int]:
    """Those that may come first of what is left: no other one ended before they began."""
    left = [at for at in range(len(operations)) if not done >> at & 1]
    ends = [ended for at in left if (ended := operations[at].ended_ns) is not None]
    earliest = min(ends, default=None)
    return [at for at in left if earliest is None or operations[at].began_ns <= earliest]


def as_text(history: Sequence[Operation]) -> str:
    """The history for an error, a line for each operation, by when they began, in milliseconds."""
    operations = sorted(history, key=lambda each: each.began_ns)
    began = operations[0].began_ns if operations else 0
    return "\n".join(
        f"{_ms(each.began_ns - began)} to "
        f"{'?' if each.ended_ns is None else _ms(each.ended_ns - began)}: {each}"
        for each in operations
    )


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.1f}"
