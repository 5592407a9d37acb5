"""The engines on a script, for tests, loads and rehearsed failures."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from agents.engines.spec import EngineSpec, ListPrice, OptionSpec

_PARTS: Final = "agents.engines.scripted.engines"

SPEC: Final = EngineSpec(
    stt=_PARTS,
    llm=_PARTS,
    tts=_PARTS,
    title=_("Script"),
    needs="`TEST_ENGINES=true`; for tests, load tests and rehearsed failures",
    options=(
        OptionSpec("transcripts", "texts of the caller's utterances, in order"),
        OptionSpec("hears_marks", "whether texts are read from marks in the audio", "false"),
        OptionSpec("replies", "answers, in order; `[hang up]` at the end of one ends the call"),
        OptionSpec("reply", "the answer when the list has no more", default="two sentences"),
        OptionSpec(
            "by_turn", "whether an answer is chosen by how often the caller has spoken", "false"
        ),
        OptionSpec("analyses", "what the model writes about calls that are over, in order"),
        OptionSpec("stt_ms", "milliseconds until the text is there", default="100"),
        OptionSpec("llm_ms", "milliseconds until the first token", default="150"),
        OptionSpec("token_ms", "milliseconds from token to token", default="20"),
        OptionSpec("tts_ms", "milliseconds until the first byte", default="100"),
        OptionSpec(
            "tts_speed", "audio arrives N times as fast as it plays; 0 for all at once", "0"
        ),
        OptionSpec(
            "ms_per_character",
            "0 to 1,000; length of the audio, in milliseconds",
            default="60",
            bounds=(0, 1_000),
        ),
        OptionSpec("fail", 'which requests fail, such as `{"stt": 2, "tts": [1, 3]}`'),
        OptionSpec("hang", "which requests are never answered, in the same form"),
    ),
    prices=(
        ListPrice("stt", 10, cost_micros=0),
        ListPrice("llm_in", 50_000, per=1_000_000, cost_micros=0),
        ListPrice("llm_out", 200_000, per=1_000_000, cost_micros=0),
        ListPrice("tts", 1_000_000, per=1_000_000, cost_micros=0),
    ),
    does_tasks=True,
    is_for_tests=True,
)
