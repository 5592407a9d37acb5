"""The agents that `benchmarks.turns` calls: one for each question and delay of the engines."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import machine
from testing.services.service import running

# In all, as `benchmarks.load.PROVIDERS_MS`: text, first words of the model, first sound.
DELAYS_MS: Final = (0, 490)
PARTS_MS: Final = {0: (0, 0, 0), 490: (100, 290, 100)}
MS_PER_CHARACTER: Final = 30  # short replies; those of "floor" are long
QUESTIONS: Final = {
    "number": "Thank you. What is the telephone number?",
    "name": "Thank you. What is the name?",
    "e-mail": "Thank you. What is the e-mail address?",
    "connective": "I see. What else can I do for you?",
    "filler": "I see. What else can I do for you?",
    "open": "I see. What else can I do for you?",
    "yes or no": "Thank you. Is that right?",
    "choice": "Good. Which one would you like?",
}
# Some ten seconds without a question, so that a nod answers nothing.
REPLY: Final = (
    "We are open from Monday to Friday between eight in the morning and six in the evening. "
    "On Saturdays we close at one. You find us opposite the station, on the second floor."
)
LONG_MS_PER_CHARACTER: Final = 60

_MAKE: Final = """
import json
from accounts.models import Organization
from agents.versions.publishing import create_agent
from usage.models import Quota
org = Organization.objects.get()
Quota.objects.create(org=org, concurrent_calls=100)
made = dict()
for name, (greeting, tts, engines) in json.loads({agents!r}).items():
    agent = create_agent(
        org, name=name, greeting=greeting, stt="scripted", llm="scripted", tts=tts,
        settings=dict(engines=engines),
    )
    made[name] = agent.public_id
print(json.dumps(made))
"""


@dataclass(frozen=True, slots=True)
class Agents:
    """A running service with them; pid: its process."""

    webhook: str
    ids: Mapping[str, str]
    pid: int

    def url(self, question: str, delay_ms: int) -> str:
        """Where the agent that asks `question` is called."""
        return f"{self.webhook}&agent_id={self.ids[f'{question} {delay_ms}']}"


@contextmanager
def serving() -> Iterator[Agents]:
    """The service on its core, with all agents, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="voicex-turns-") as name:
        with machine.starting_on(machine.SERVER_CORE):
            context = running(
                Path(name), engines="scripted", TEST_ENGINES="true", MAX_CALLS_PER_PROCESS="100"
            )
            service = context.__enter__()
        try:
            webhook = service.bootstrap("scripted")["webhook_url"]
            made = service.shell(_MAKE.format(agents=json.dumps(_wanted()))).strip()
            yield Agents(webhook, json.loads(made.splitlines()[-1]), service.process.pid)
        finally:
            context.__exit__(None, None, None)


def _wanted() -> dict[str, tuple[str, str, dict[str, object]]]:
    """By name: greeting, voice, engine settings."""
    wanted: dict[str, tuple[str, str, dict[str, object]]] = {}
    for delay_ms in DELAYS_MS:
        for question, asked in QUESTIONS.items():
            options = _engines(delay_ms, asked, MS_PER_CHARACTER)
            wanted[f"{question} {delay_ms}"] = (asked, "scripted", options)
        options = _engines(delay_ms, REPLY, LONG_MS_PER_CHARACTER)
        wanted[f"floor {delay_ms}"] = ("How can I help you?", "scripted", options)
    # A tone would be an easy echo: this one speaks.
    wanted["echo 0"] = ("How can I help you?", "local", _engines(0, REPLY, 1))
    return wanted


def _engines(delay_ms: int, reply: str, ms_per_character: int) -> dict[str, object]:
    stt_ms, llm_ms, tts_ms = PARTS_MS[delay_ms]
    return {
        "scripted.hears_marks": True,
        "scripted.reply": reply,
        "scripted.stt_ms": stt_ms,
        "scripted.llm_ms": llm_ms,
        "scripted.token_ms": 0,
        "scripted.tts_ms": tts_ms,
        "scripted.ms_per_character": ms_per_character,
    }
