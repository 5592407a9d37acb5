"""From a run that fails to a shorter one that fails in the same way."""

from collections.abc import Callable, Sequence

MOST_TRIES = 600


def shrunk(
    values: Sequence[int], fails: Callable[[list[int]], bool], *, tries: int = MOST_TRIES
) -> list[int]:
    """The plainest choices that were found for which `fails` holds, as it does for `values`.

    First what comes last is left out, then whole stretches go the ordinary way, then single
    choices, and what is left is made smaller.
    """
    left = tries
    best = _trimmed(values)

    def is_better(candidate: list[int]) -> bool:
        nonlocal best, left
        candidate = _trimmed(candidate)
        if left <= 0 or candidate == best:
            return False
        left -= 1
        if fails(candidate):
            best = candidate
            return True
        return False

    before: list[int] | None = None
    while before != best and left > 0:
        before = best
        while len(best) > 1 and is_better(best[: len(best) // 2]):
            pass
        size = max(1, len(best) // 2)
        while size:
            at = 0
            while at < len(best):
                if any(best[at : at + size]):
                    is_better(best[:at] + [0] * len(best[at : at + size]) + best[at + size :])
                at += size
            size //= 2
        for at in range(len(best)):
            while (
                at < len(best)
                and best[at]
                and any(
                    is_better([*best[:at], smaller, *best[at + 1 :]])
                    for smaller in sorted({best[at] // 2, best[at] - 1})
                )
            ):
                pass
    return best


def _trimmed(values: Sequence[int]) -> list[int]:
    end = len(values)
    while end and not values[end - 1]:
        end -= 1
    return list(values[:end])
