"""What must hold of the sound that is kept of a simulated call."""

from collections import Counter
from typing import Final

from testing.simulation.calls.book import Kept
from testing.simulation.calls.caller import PIECE
from testing.simulation.calls.outside import NumberedCaller, pieces_in
from testing.simulation.calls.storing import Storage
from usage.models import Recording
from usage.records.recordings import PIECE_BYTES, PIECE_SECONDS

# Pieces of the caller's that may be missing: of a process that is lost, and behind the last words,
# while its records are written.
LOST: Final = int(PIECE_SECONDS / PIECE) + 2
BEHIND: Final = int(2.5 / PIECE)
BYTES_PER_MS: Final = 8
OUT_OF_PLACE_MS: Final = 1_000  # that sound may be out of position, behind a lost process


def check_sound(
    kept: Kept,
    storage: Storage,
    caller: NumberedCaller,
    *,
    has_failed: bool,
    is_away: bool,
) -> None:
    """Raises AssertionError for what must not be.

    has_failed: a process was lost, or the call had a fault. is_away: its database is
    away now and then.
    """
    newest = _newest(kept.name, storage)
    assert sorted(newest) == list(range(len(newest))), "a piece is missing"
    stored = [storage.pieces[newest[number]] for number in sorted(newest)]
    assert all(len(each) == PIECE_BYTES for each in stored[:-1]), "a short piece among others"
    sound = b"".join(stored)
    found = pieces_in(sound[::2])
    numbers = [number for _, number in found]
    assert numbers == sorted(set(numbers)), "sound is kept twice, or in another order"
    is_whole = not (storage.is_broken or storage.is_slow)
    behind = abs(len(sound) - kept.size_bytes)
    may_be = PIECE_BYTES * (3 if is_away or storage.is_slow else 1)
    may_be += len(stored[-1]) % PIECE_BYTES if stored else 0  # stored just behind a whole one
    may_be *= has_failed or storage.is_broken
    if storage.is_broken:  # it may have stored, for each stream, what it said it could not
        may_be *= len({name.partition(".5s/")[2].partition(".")[2] for name in storage.pieces}) or 1
    assert behind <= may_be, "not what the row says"
    if not has_failed:  # else the sweeper closes it
        assert kept.state is not Recording.State.RUNNING, "a recording that nobody closed"
    if found and is_whole:
        _check_losses(found, caller)
        _check_places(found, caller)


def _newest(name: str, storage: Storage) -> dict[int, str]:
    """The object of each piece: of the newest stream that has stored it."""
    found: dict[int, tuple[int, str]] = {}
    for each in storage.pieces:
        folder, _, piece = each.rpartition("/")
        assert folder == name, "a piece under another name"
        number, _, generation = piece.partition(".")
        found[int(number)] = max(found.get(int(number), (-1, "")), (int(generation or 0), each))
    return {number: piece for number, (_, piece) in found.items()}


def _check_losses(found: list[tuple[int, int]], caller: NumberedCaller) -> None:
    """Of each process no more is lost than is said."""
    known, last_line = {number for _, number in found}, caller.last_line or len(caller.streams)
    said = range(found[0][1], len(caller.said_at))
    lost = Counter(caller.lines[number] for number in said if number not in known)
    for line in range(1, last_line + 1):
        assert lost[line] <= (BEHIND if line == last_line else 0) + LOST, "sound is lost"


def _check_places(found: list[tuple[int, int]], caller: NumberedCaller) -> None:
    first_at, first = found[0]
    for at, number in found:
        is_at = (at - first_at) / BYTES_PER_MS
        was_at = caller.said_at[number] - caller.said_at[first]
        assert abs(is_at - was_at) <= OUT_OF_PLACE_MS, "sound lies beside its time"
