"""A call for each odd answer of one kind, many at once, and what was kept of each.

A caller hears a sound within two seconds: the tests of the session hold that on a clock of their
own. Here it is what the phone played, and the machine has to keep up with sixty calls: nine of ten
callers hear one in time, and no silence is without an end.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.engines.scripted.engines import DEFAULT_REPLY
from agents.speech.text.sentences import sentences
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from telephony.simulator.webhooks import http_client
from telephony.spoken.languages import ENGLISH
from testing.services.process import running as running_fake
from testing.services.service import Service, running

AT_ONCE: Final = 20  # of each of three modules
GREETING: Final = "Hello."
QUESTION: Final = "When do you open?"
DIGITS: Final = "1#"  # one key: two may be far apart on a busy machine
# The greeting is heard out, also where it begins anew in another voice.
THINKS_MS: Final = 1_000
# Longer than signs of life are apart: the caller hears all that the agent has to say.
STAYS_MS: Final = 6_000
# Words that are no answer: what is said instead of one.
EXCUSES: Final = frozenset(
    {ENGLISH.trouble, ENGLISH.still_trouble, ENGLISH.say_again, ENGLISH.broke_off}
)
# The turn of a caller who spoke is over after so much silence (`TurnTaking.endpointing_ms`).
COMMITTED_AFTER_MS: Final = 300
SIGNS: Final = frozenset(ENGLISH.waiting)
ANSWER: Final = tuple(sentences(DEFAULT_REPLY))
PATIENCE_MS: Final = 30_000
# On the phone, with its machine busy with all of them: so many callers hear a sound in time.
MOST_WAIT_MS: Final = 2_000
IN_TIME: Final = 0.9
MOST_SILENCE_MS: Final = 15_000  # the caller waits for longer, or no silence could be too long
ENDED_BY_CALLER: Final = frozenset({"stop", "carrier_completed", "stream_ended", "stream_stopped"})


@dataclass(frozen=True)
class Kept:
    """What became of one call. silence_ms: the longest after the caller had spoken or typed."""

    result: CallResult
    report: dict[str, Any]
    end_reason: str
    silence_ms: int

    @property
    def wait_ms(self) -> float:
        """How long the phone was silent after a turn of the caller, at most, by its own clock."""
        return max(waits(self.result), default=0.0)

    @property
    def said(self) -> list[str]:
        """What the caller heard since they spoke, or since the greeting; no signs of life."""
        turns = self.report["turns"]
        roles = [turn["role"] for turn in turns]
        since = roles.index("caller") if "caller" in roles else 0
        heard = [turn["heard_text"].strip() for turn in turns[since:] if turn["role"] == "agent"]
        return [text for text in heard if text not in (*SIGNS, GREETING)]

    @property
    def signs(self) -> list[str]:
        """The signs of life that the caller heard."""
        return [turn["text"] for turn in self.report["turns"] if turn["text"] in SIGNS]

    def has_said_nothing_else(self) -> bool:
        """Whether all that was heard is the answer, in whole sentences, or an excuse."""
        words = "\n".join(self.said)
        for sentence in (*EXCUSES, DEFAULT_REPLY, *ANSWER):
            words = words.replace(sentence.strip(), "")
        return words.strip() == ""

    @property
    def caller_said(self) -> list[str]:
        """The caller's turns."""
        return [turn["text"] for turn in self.report["turns"] if turn["role"] == "caller"]

    @property
    def billed(self) -> dict[str, int]:
        """Quantity by component of the bill."""
        return {line["component"]: line["quantity"] for line in self.report["ledger"]}


MAKE_AGENTS: Final = """
import json
from accounts.models import Organization
from agents.versions.publishing import create_agent
from usage.models import Quota
org = Organization.objects.get(public_id={org!r})
Quota.objects.update_or_create(org=org, defaults=dict(concurrent_calls=200))
made = dict()
for name, options in json.loads({agents!r}).items():
    settings = dict(engines=dict(options))
    agent = create_agent(org, name=name, greeting={greeting!r}, settings=settings, **{engines!r})
    made[name] = agent.public_id
print(json.dumps(made))
"""
READ_CALLS: Final = """
import json, time
from usage.models import Call
from usage.reads.calls import call_report
sids = json.loads({sids!r})
deadline = time.monotonic() + 120
while Call.objects.filter(carrier_call_id__in=sids, settled_at=None).exists():
    if time.monotonic() > deadline:
        break
    time.sleep(0.2)
kept = dict()
for call in Call.objects.filter(carrier_call_id__in=sids):
    times = list(call.turns.order_by("number").values_list("role", "started_ms", "ended_ms"))
    kept[call.call_sid] = [call_report(call), call.end_reason, times]
print(json.dumps(kept))
"""


@contextmanager
def odd_service(directory: Path, *, engines: str) -> Iterator[Service]:
    """The service, and a provider that answers as its models are named.

    engines: the platform's own, loaded before the first call: that of the calls, or "local" where
    another voice takes over.
    """
    behaviour = {"ms_per_character": 20, "llm_ms": 50, "token_ms": 5, "tts_ms": 50, "stt_ms": 50}
    with (
        running_fake("openai_server", **behaviour) as url,
        running(
            directory,
            engines=engines,
            OPENAI_BASE_URL=url,
            OPENAI_API_KEY="sk-x",
            MAX_CALLS_PER_PROCESS="200",
        ) as service,
    ):
        yield service


def place_calls(
    service: Service, names: Iterable[str], *, part: str, org: str, engines: dict[str, str]
) -> dict[str, Kept]:
    """A call for each odd answer of `part` ("stt", "llm", "tts"), by its name."""
    made = service.bootstrap("scripted", org=org)
    options = {
        name: {f"openai.{part}_model": f"odd:{name}", "scripted.ms_per_character": 15}
        for name in names
    }
    code = MAKE_AGENTS.format(
        org=made["org_id"], agents=json.dumps(options), greeting=GREETING, engines=engines
    )
    agents = json.loads(service.shell(code))
    question = asyncio.run(spoken(QUESTION, cache_dir=service.log.parent))
    results = asyncio.run(_place(made["webhook_url"], agents, question if part == "stt" else None))
    sids = json.dumps([result.call_sid for result in results.values()])
    kept = json.loads(service.shell(READ_CALLS.format(sids=sids)))
    return {
        name: Kept(
            result, *kept[result.call_sid][:2], longest_silence(kept[result.call_sid][2], result)
        )
        for name, result in results.items()
    }


async def _place(
    webhook: str, agents: dict[str, str], question: Utterance | None
) -> dict[str, CallResult]:
    """All calls, AT_ONCE at a time."""
    room, metronome = asyncio.Semaphore(AT_ONCE), Metronome()

    async def call(agent: str, client: Any, *, stay_ms: int = STAYS_MS) -> CallResult:
        plan = CallPlan(
            webhook=f"{webhook}&agent_id={agent}",
            utterances=(question,) if question else (),
            digits="" if question else DIGITS,
            manner=CallerBehaviour(think_ms=THINKS_MS, stay_ms=stay_ms, patience_ms=PATIENCE_MS),
        )
        async with room:
            return await place_call(plan, client=client, metronome=metronome)

    async with http_client() as client:
        # One alone, so that the others find a service that has answered before.
        await call(next(iter(agents.values())), client, stay_ms=0)
        results = await asyncio.gather(*(call(agent, client) for agent in agents.values()))
    return dict(zip(agents, results, strict=True))


def longest_silence(turns: Sequence[tuple[str, int, int]], result: CallResult) -> int:
    """The longest silence between the caller's words or keys and the agent's next word, ms.

    turns: role, start and end of each, as they were kept. Speech of which no turn was made is
    known to the phone alone. What was never answered was silence until the call ended.
    """
    ended_ms = round(result.seconds * 1000)
    silences = [
        ended_ms if answered_ms is None else round(answered_ms)
        for answered_ms in result.measurements.voice_to_voice_ms
    ]
    for number, (role, _, spoken_ms) in enumerate(turns):
        if role == "caller":
            answers = [began_ms for role, began_ms, _ in turns[number:] if role == "agent"]
            silences.append(min(answers, default=ended_ms) - spoken_ms)
    return max(silences)


def waits(result: CallResult) -> list[float]:
    """After each turn of the caller: how long until the phone played any sound, ms.

    Of speech a turn is made when the caller was silent for long enough, of keys at the last one.
    """
    found = []
    for log in result.streams:
        committed = [said.last_voiced_ms + COMMITTED_AFTER_MS for said in log.said]
        committed += [log.pressed[-1][0]] if log.pressed else []
        for moment_ms in committed:
            heard = log.playout.heard(since_ms=moment_ms, now_ms=log.ended_ms)
            found.append((heard.first_ms if heard else log.ended_ms) - moment_ms)
    return found


def check_silences(calls: dict[str, Kept]) -> None:
    """Callers heard something in time; else the longest silences are named."""
    heard = sorted((call.wait_ms, name) for name, call in calls.items())
    assert heard[int(IN_TIME * (len(heard) - 1))][0] < MOST_WAIT_MS, heard[-5:]
    silences = sorted(((call.silence_ms, name) for name, call in calls.items()), reverse=True)
    assert silences[0][0] < MOST_SILENCE_MS, silences[:5]
