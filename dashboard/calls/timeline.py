"""Geometry of a call's timeline: two tracks over one clock, the caller above. Pure.

Coordinates are those of a viewBox of `plots.WIDTH` by `plots.HEIGHT`. With a recording the
tracks are its waveform; without one the turns alone show who spoke when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.calls.transcript import TranscriptLine
from dashboard.plots import HEIGHT, WIDTH
from usage.models import Call, Recording, Turn

PEAK_MS: Final = 100  # Recording.peaks: one byte a track for so long
MAX_BARS: Final = 250  # a track; more is finer than a screen
TICKS: Final = 4  # after the first; more would touch on a phone
_TRACK: Final = HEIGHT / 2
_LOUDEST: Final = 0.92  # of the track's height, so that the tracks do not touch
_LEAST_WIDTH: Final = 4.0  # a turn has to be hit with a finger


@dataclass(frozen=True, slots=True)
class Bar:
    """The peak of an interval of one track, drawn around the track's middle."""

    track: str  # a Turn.Role
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Area:
    """One turn. unheard_width: the duration of speech that was ready but not heard. at_s: where the
    turn begins in the recording, in seconds."""

    line: TranscriptLine
    x: float
    y: float
    width: float
    unheard_width: float
    at_s: float

    @property
    def end(self) -> float:
        """The end of the turn."""
        return round(self.x + self.width, 2)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What to draw. offset_ms: where the recording begins on the call's clock."""

    duration_ms: int
    offset_ms: int
    bars: list[Bar]
    areas: list[Area]

    @property
    def ticks_ms(self) -> list[int]:
        """Up to five moments from the beginning to the end, no two within the same second."""
        parts = min(TICKS, max(self.duration_ms // 1000, 1))
        return [self.duration_ms * part // parts for part in range(parts + 1)]


def timeline_of(
    call: Call, lines: Sequence[TranscriptLine], *, recording: Recording | None
) -> Timeline | None:
    """The timeline of a call that has ended; None when nothing was said or recorded."""
    offset_ms = recording.started_ms if recording else 0
    ends = [line.turn.ended_ms for line in lines]
    if recording:
        ends.append(offset_ms + recording.duration_ms)
    if not max(ends, default=0):
        return None
    # Silence at the end of a call is a part of it. The clock of turns begins with the stream.
    duration_ms = max(*ends, _streamed_ms(call))
    scale = WIDTH / duration_ms
    return Timeline(
        duration_ms=duration_ms,
        offset_ms=offset_ms,
        bars=_bars(bytes(recording.peaks), offset_ms=offset_ms, scale=scale) if recording else [],
        areas=[
            _area(line, offset_ms=offset_ms, scale=scale)
            for line in lines
            if line.turn.role != Turn.Role.TOOL  # makes no sound
        ],
    )


def _streamed_ms(call: Call) -> int:
    if call.live_at is None or call.ended_at is None:
        return 0
    return round((call.ended_at - call.live_at).total_seconds() * 1000)


def _area(line: TranscriptLine, *, offset_ms: int, scale: float) -> Area:
    turn = line.turn
    x = min(turn.started_ms * scale, WIDTH - _LEAST_WIDTH)
    width = min(max((turn.ended_ms - turn.started_ms) * scale, _LEAST_WIDTH), WIDTH - x)
    share = len(line.unheard) / max(len(line.heard), 1) if line.unheard else 0.0
    return Area(
        line=line,
        x=round(x, 2),
        y=0.0 if turn.role == Turn.Role.CALLER else _TRACK,
        width=round(width, 2),
        unheard_width=round(min(width * share, WIDTH - x - width), 2),
        at_s=round(max(turn.started_ms - offset_ms, 0) / 1000, 1),
    )


def _bars(peaks: bytes, *, offset_ms: int, scale: float) -> list[Bar]:
    """The waveform: `peaks` has caller and agent in turn."""
    bars = []
    for channel, track in enumerate((Turn.Role.CALLER, Turn.Role.AGENT)):
        loudness = peaks[channel::2]
        step = -(-len(loudness) // MAX_BARS) or 1
        for index in range(0, len(loudness), step):
            height = max(loudness[index : index + step]) / 255 * _TRACK * _LOUDEST
            if height < 0.5:  # quiet
                continue
            bars.append(
                Bar(
                    track=track.value,
                    x=round((offset_ms + index * PEAK_MS) * scale, 2),
                    y=round(_TRACK * (channel + 0.5) - height / 2, 2),
                    width=round(step * PEAK_MS * scale * 0.7, 2),
                    height=round(height, 2),
                )
            )
    return bars
