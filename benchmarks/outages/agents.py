"""The agents and callers of `make faults`.

Words lie in the callers' audio (`agents.engines.scripted.marks`), and each answer is chosen by
what the model is told of the call. So an agent that forgets, or begins anew, is heard.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.turn_taking.turn import sound
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.providers.http_server import Answer, HttpServer, Request

MS_PER_CHARACTER: Final = 40
GREETING: Final = "Good morning, this is the museum. How can I help you?"
# What callers ask, and what they are told; the last one is whether the agent knows the first.
ASKED: Final = ("When do you open?", "And what does it cost for children?", "What was that first?")
ANSWERS: Final = (
    "We are open until six today, and on Saturdays until noon.",
    "It costs nine dollars, and a family with two children pays twenty.",
    "You have asked me this: {first}",
)
LOOKS_UP: Final = "Let me look for your order. [find_order {}]"
FOUND: Final = "I have found your order, which was sent to you this very afternoon."
GOODBYE: Final = "You are welcome. Thank you for calling our museum, and goodbye. [hang up]"
ENDING, RUNNING_TOOL, RECORDED, SLOW = "ending", "running a tool", "recorded", "slow"
SLOW_MS: Final = 1_000  # until that one's first word: time to be killed while it thinks
RECORDING: Final = {"mode": "announced", "sentence": "This call is recorded."}
TOOL_SECONDS: Final = 2.5

Ask = Callable[[str], str]  # code, run beside the service; what it prints
Questions = tuple[Utterance, ...]


async def _questions(directory: Path) -> Questions:
    made = []
    for words in ASKED:
        voice = await spoken(words, cache_dir=directory)
        made.append(sound(words, b"".join(voice.frames), words))
    return tuple(made)


def questions(directory: Path) -> Questions:
    """What the caller asks, one after the other. directory: for the voices."""
    return asyncio.run(_questions(directory))


class SlowTool(HttpServer):
    """The organization's server: takes TOOL_SECONDS for each question."""

    def __init__(self) -> None:
        """Not listening yet."""
        super().__init__(self._reply)

    async def _reply(self, _request: Request, answer: Answer) -> None:
        await asyncio.sleep(TOOL_SECONDS)
        await answer.send_json({"state": "on its way"})


def webhooks(ask: Ask, webhook: str, *, tool_url: str = "") -> dict[str, str]:
    """By the agent's name the webhook that leads to it; "" is the one that only answers."""
    wanted: dict[str, tuple[list[str], dict[str, Any]]] = {
        "": (list(ANSWERS), {}),
        ENDING: ([ANSWERS[0], GOODBYE], {}),
        RECORDED: (list(ANSWERS), {"recording": RECORDING}),
        SLOW: (list(ANSWERS), {"engines": {"scripted.llm_ms": SLOW_MS}}),
    }
    if tool_url:
        tools = {"tools": {"enabled": "find_order"}}
        wanted[RUNNING_TOOL] = ([ANSWERS[0], LOOKS_UP, ANSWERS[2]], tools)
    engines = {
        "scripted.reply": FOUND,
        "scripted.by_turn": True,
        "scripted.hears_marks": True,
        "scripted.ms_per_character": MS_PER_CHARACTER,
    }
    given = {"agents": wanted, "engines": engines, "greeting": GREETING, "tool_url": tool_url}
    made = json.loads(ask(_MAKE.replace("GIVEN", repr(json.dumps(given)))))
    return {name: f"{webhook}&agent_id={agent}" for name, agent in made.items()}


_MAKE: Final = """
import json
from accounts.models import Organization
from agents.http_tools import storing
from agents.http_tools.definition import Definition
from agents.versions.publishing import create_agent, publish
from usage.models import Quota
given = json.loads(GIVEN)
org = Organization.objects.get()
Quota.objects.update_or_create(org=org, defaults={"concurrent_calls": 400})
if given["tool_url"]:
    tool = Definition("find_order", "Finds the order.", given["tool_url"])
    storing.save(org, tool, actor=None)
ids = {}
for name, (replies, settings) in given["agents"].items():
    agent = create_agent(
        org, name=name or "answering", greeting=given["greeting"],
        **dict.fromkeys(("stt", "llm", "tts"), "scripted"),
    )
    engines = {**given["engines"], "scripted.replies": replies, **settings.pop("engines", {})}
    publish(agent, settings={"engines": engines, **settings})
    ids[name] = agent.public_id
print(json.dumps(ids))
"""
