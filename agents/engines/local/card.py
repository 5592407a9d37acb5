"""The engines that run on this machine, without a key, an account or a network."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from agents.engines.spec import EngineSpec, ListPrice, OptionSpec

# Charged something small, so that their use shows in the ledger; the platform pays nothing.
SPEC: Final = EngineSpec(
    stt="agents.engines.local.stt",
    llm="agents.engines.local.llm",
    tts="agents.engines.local.tts",
    title=_("This machine"),
    needs="nothing (no key, account or network); the default",
    notes={"stt": "Whisper tiny", "llm": "dialogue code", "tts": "hibari"},
    languages=frozenset({"en"}),
    voices=("heart",),
    are_all_voices=True,
    options=(
        OptionSpec("speed", "0.5 to 2.0; the pace of the voice", default="1.0", bounds=(0.5, 2)),
    ),
    prices=(
        ListPrice("stt", 10, cost_micros=0),
        ListPrice("llm_in", 50_000, per=1_000_000, cost_micros=0),
        ListPrice("llm_out", 200_000, per=1_000_000, cost_micros=0),
        ListPrice("tts", 1_000_000, per=1_000_000, cost_micros=0),
    ),
)
