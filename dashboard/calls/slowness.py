"""Explains slow answers: the stage that took longer than usual, and what helps. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.engines.events import Stage, response_ms
from dashboard.plots import STAGE_NAMES, WIDTH, waterfall

Text = str | Promise

# People answer one another within some 200 ms, and take a second and a half for a lost line.
# Faster answers are not explained, even when one of their stages was slower than usual.
SLOW_MS: Final = 1_200

# What each stage adds when all is well: about the slower half of the measured calls
# (docs/performance.md), with providers at the times that they give for themselves.
USUAL_MS: Final[Mapping[Stage, int]] = {
    Stage.ENDPOINT: 600,
    Stage.STT: 300,
    Stage.LLM: 600,
    Stage.TTS: 300,
    Stage.SENT: 50,
    Stage.MARK: 200,  # the way to the caller, and of the mark back
}

REMEDIES: Final[Mapping[Stage, Text]] = {
    Stage.ENDPOINT: _(
        "The agent waited long to make sure the caller had finished. Shorten the pauses in its "
        "turn-taking settings."
    ),
    Stage.STT: _(
        "Speech-to-text was slow. Choose a faster engine or model, or a provider region closer to "
        "the server."
    ),
    Stage.LLM: _(
        "The language model was slow to start. Choose a smaller model or shorten the prompt."
    ),
    Stage.TTS: _(
        "Text-to-speech was slow to start. Choose a voice that streams, or have the agent start "
        "with shorter sentences."
    ),
    Stage.SENT: _(
        "The audio waited because the server was overloaded. Allow fewer calls per process, or add "
        "a process."
    ),
    Stage.MARK: _("The carrier was slow to play the audio. A server closer to the carrier helps."),
}


@dataclass(frozen=True, slots=True)
class Slowness:
    """The slow stage: what it added, what it usually adds (ms), and a remedy."""

    stage: Stage
    name: Text
    own_ms: int
    usual_ms: int
    remedy: Text


def slowest_stage(latency_ms: Mapping[str, int]) -> Slowness | None:
    """The stage that exceeded its usual time most; None for an answer that was not slow.

    latency_ms: as in `Turn.latency_ms`. The wait is the response time; for an answer of which
    nothing was sent, the time until its last stage.
    """
    bars = waterfall(latency_ms, scale_ms=int(WIDTH))
    waited = response_ms(latency_ms) or max((bar.reached_ms for bar in bars), default=0)
    worst = max(bars, key=lambda bar: bar.own_ms - USUAL_MS[bar.stage], default=None)
    if worst is None or worst.own_ms <= USUAL_MS[worst.stage]:
        return None
    if waited < SLOW_MS:
        return None
    return Slowness(
        worst.stage,
        STAGE_NAMES[worst.stage],
        worst.own_ms,
        USUAL_MS[worst.stage],
        REMEDIES[worst.stage],
    )
