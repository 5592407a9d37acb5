"""The turns of a call as its page shows them: heard and unheard words, stages of an answer."""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.db.models import QuerySet

from agents.engines.events import Stage, response_ms
from dashboard.bounded_fields import row_number
from dashboard.calls.endings import Ending, ending_of
from dashboard.plots import StageBar, slowest, waterfall
from usage.models import Turn
from usage.takeover.gaps import Gap

TURNS_A_PAGE: Final = 500
# Read for the first answer of a page: what the caller said before it, and its tools.
BEFORE_A_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool. given: its arguments, by name; written: those that are no JSON object.

    result: what the model was given, "" where the call or the answer ended first. is_running: the
    call is live, and the result may still come.
    """

    name: str
    given: list[tuple[str, str]]
    written: str = ""
    result: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One turn. `text` = heard + unheard + not_yet_heard; at most one of the latter two.

    `bars` and `cells` are the stages of the answer; `cells` has an entry for each `Stage`, None if
    it was not measured. `ending` is that of the preceding turn of the caller. `gap`: the connection
    was lost before it. `tool`: of a tool's turn, what ran.
    """

    turn: Turn
    heard: str
    unheard: str = ""
    not_yet_heard: str = ""
    bars: list[StageBar] = field(default_factory=list)
    cells: list[StageBar | None] = field(default_factory=list)
    ending: Ending | None = None
    gap: Gap | None = None
    tool: ToolRun | None = None

    @property
    def gap_seconds(self) -> float | None:
        """How long the connection was lost before this turn; None if it was not."""
        return None if self.gap is None else self.gap.ms / 1000

    @property
    def response_ms(self) -> int | None:
        """How long the caller waited, in milliseconds; None if nothing of the answer was sent."""
        return response_ms(self.turn.latency_ms)


@dataclass(frozen=True, slots=True)
class TurnPage:
    """TURNS_A_PAGE turns of a call. count: of all of its turns.

    earlier_from, later_from: the number of the first turn of the page before and after this one,
    None where there is none. before: the BEFORE_A_PAGE turns before it, for `lines_of`. asked: the
    first number that the address names, 0 for none.
    """

    turns: list[Turn]
    count: int
    earlier_from: int | None = None
    later_from: int | None = None
    before: list[Turn] = field(default_factory=list)
    asked: int = 0

    @property
    def is_part(self) -> bool:
        """Whether the call has other turns."""
        return self.earlier_from is not None or self.later_from is not None


def turn_page(turns: QuerySet[Turn], asked: str, *, is_newest: bool) -> TurnPage:
    """The page that begins with turn number `asked`; without one, or where there is none, the
    first, with is_newest the last. A call of a machine has thousands of turns, and each costs a
    millisecond of a page.
    """
    number = row_number(asked) or 0
    if is_newest and not number:
        found = list(turns.order_by("-number")[: TURNS_A_PAGE + 1])
        shown, has_earlier, has_later = found[:TURNS_A_PAGE][::-1], len(found) > TURNS_A_PAGE, False
    else:
        found = list(turns.filter(number__gte=number).order_by("number")[: TURNS_A_PAGE + 1])
        shown, has_earlier, has_later = found[:TURNS_A_PAGE], number > 1, len(found) > TURNS_A_PAGE
    if number and not shown:
        return turn_page(turns, "", is_newest=is_newest)
    first = shown[0].number if shown else number
    earlier = turns.filter(number__lt=first).order_by("-number") if has_earlier else turns.none()
    return TurnPage(
        shown,
        count=turns.count() if has_earlier or has_later else len(shown),
        earlier_from=max(1, first - TURNS_A_PAGE) if has_earlier else None,
        later_from=shown[-1].number + 1 if has_later else None,
        before=list(earlier[:BEFORE_A_PAGE])[::-1],
        asked=number,
    )


def lines_of(
    turns: Iterable[Turn],
    *,
    is_open: bool,
    gaps: Sequence[Gap] = (),
    before: Sequence[Turn] = (),
) -> list[TranscriptLine]:
    """The turns of a call in order; is_open: it is live, so its last words may still be heard.

    gaps: when its connection was lost, oldest first. before: the latest turns before them.
    """
    turns = list(turns)
    begun_ms = max((turn.started_ms for turn in before), default=-1)
    left = deque(gap for gap in gaps if gap.at_ms > begun_ms)
    scale_ms = slowest(turn.latency_ms for turn in turns)
    lines: list[TranscriptLine] = []
    said = [turn for turn in before if turn.role == Turn.Role.CALLER]
    ending = ending_of(said[-1].endpoint) if said else None
    for turn in turns:
        if turn.role == Turn.Role.CALLER:
            ending = ending_of(turn.endpoint)
        line = _line(turn, scale_ms=scale_ms, is_open=is_open)
        while left and turn.started_ms >= left[0].at_ms:
            line = replace(line, gap=left.popleft())
        lines.append(replace(line, ending=ending) if line.bars else line)
    return lines


def _line(turn: Turn, *, scale_ms: int, is_open: bool) -> TranscriptLine:
    if turn.role == Turn.Role.CALLER:
        return TranscriptLine(turn, heard=turn.text)
    if turn.role == Turn.Role.TOOL:
        return TranscriptLine(turn, heard="", tool=_run_of(turn, is_open=is_open))
    rest = turn.text.removeprefix(turn.heard_text)
    is_cut_off = turn.interrupted or not is_open
    bars = waterfall(turn.latency_ms, scale_ms=scale_ms)
    by_stage = {bar.stage: bar for bar in bars}
    return TranscriptLine(
        turn,
        heard=turn.heard_text,
        unheard=rest if is_cut_off else "",
        not_yet_heard="" if is_cut_off else rest,
        bars=bars,
        cells=[by_stage.get(stage) for stage in Stage] if bars else [],
    )


def _run_of(turn: Turn, *, is_open: bool) -> ToolRun:
    name, _blank, written = turn.text.partition(" ")
    try:
        arguments = json.loads(written or "{}")
    except (ValueError, RecursionError):  # as a model may write them, or with words taken out
        arguments = None
    given = list(arguments.items()) if isinstance(arguments, dict) else []
    return ToolRun(
        name,
        [(each, _written(value)) for each, value in given],
        written="" if isinstance(arguments, dict) else written,
        result=turn.heard_text,
        is_running=is_open and not turn.heard_text,
    )


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
