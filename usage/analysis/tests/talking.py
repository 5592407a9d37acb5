"""An organization whose agent's model is on a script, and calls that are over."""

import json
from datetime import timedelta
from typing import Any

from agents.models import AgentVersion
from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import Call, CallAnalysis
from usage.records.turns import save_turn

LATER = NOW + timedelta(seconds=70)
GOOD = {
    "summary": "They asked for the hours and were told.",
    "outcome": "answered",
    "reason": "Opening hours",
    "language": "en",
    "unanswered": [],
}


class Talking(Scene):
    """A scene with an agent of these settings, on scripted engines."""

    def __init__(self, *analyses: Any, engine: str = "scripted", **settings: Any) -> None:
        super().__init__(engine=engine)
        texts = [each if isinstance(each, str) else json.dumps(each) for each in analyses]
        options = {"engines": {"scripted.analyses": texts}} if texts else {}
        self.agent.published = AgentVersion.objects.create(
            agent=self.agent, number=2, greeting="Hello.", stt=engine, llm=engine, tts=engine,
            settings=options | settings,
        )  # fmt: skip
        self.agent.save()

    def ended(self, *said: str, reason: str = "stop") -> Call:
        """A call that was settled; ">" before what the caller said."""
        call = self.talks()
        for number, text in enumerate(said, 1):
            role = "caller" if text.startswith(">") else "agent"
            words = text.removeprefix(">").strip()
            save_turn(
                call.pk, number=number, role=role, text=words, heard_text=words, interrupted=False,
                started_ms=number * 1000, ended_ms=number * 1000 + 900, latency_ms={},
            )  # fmt: skip
        snapshot(call, 1, is_final=True, stream_ms=61_000, llm_tokens_in=100, llm_tokens_out=10)
        finalize(call.pk, reason=reason, now=NOW)
        assert settle(call.pk, now=NOW)
        return call


def analysis_of(call: Call) -> CallAnalysis:
    """What the call came to."""
    return CallAnalysis.objects.get(call=call)
