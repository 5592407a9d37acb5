"""A call whose media process is killed in a state of the call that a test chooses."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from telephony.simulator.caller import Act, Caller, CallerBehaviour, Say
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, PhoneEvent
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import Utterance
from testing.services.pair import Pair

INTO_MS: Final = 700.0  # so long after a state has begun
THINKING_MS: Final = 300.0  # after the caller's last word: an answer is soon there
FRAME_MS: Final = 20.0


class State(StrEnum):
    """What the call is doing when its process dies: around the caller's second question.

    RUNNING_TOOL wants an agent whose second answer calls a tool that takes its time, ENDING one
    whose second answer hangs up.
    """

    RINGING = "ringing"
    GREETING = "greeting"
    LISTENING = "listening"
    HEARING = "hearing"
    THINKING = "thinking"
    RUNNING_TOOL = "running a tool"
    SPEAKING = "speaking"
    ENDING = "ending"


# With an agent that only answers.
OF_ANSWERS: Final = tuple(each for each in State if each not in (State.RUNNING_TOOL, State.ENDING))


@dataclass
class Killed:
    """A call whose process was killed. Times in milliseconds of the call's clock.

    audible_ms: how long the caller heard nothing of the agent after the kill; None when nothing
    more of it came. facts: what the service kept. back_ms: when that was back which was restarted
    at the same moment; None if nothing was.
    """

    state: State
    result: CallResult
    killed_at_ms: float
    facts: dict[str, Any] = field(default_factory=dict)
    back_ms: float | None = None

    @property
    def later_streams(self) -> list[StreamLog]:
        """Those that another process carried."""
        return [log for log in self.result.streams if log.started_ms >= self.killed_at_ms]

    @property
    def gap_ms(self) -> float | None:
        """From the kill to the next stream; None without one."""
        later = self.later_streams
        return later[0].started_ms - self.killed_at_ms if later else None

    @property
    def audible_ms(self) -> float | None:
        """From the kill to the agent's next sound; None without one."""
        for log in self.later_streams:
            heard = log.playout.heard(since_ms=log.started_ms, now_ms=log.ended_ms)
            if heard is not None:
                return heard.first_ms - self.killed_at_ms
        return None

    @property
    def streamed_ms(self) -> float:
        """How long streams were open, all together."""
        return sum(log.ended_ms - log.started_ms for log in self.result.streams)

    def agents_words(self) -> list[str]:
        """What the caller heard of the agent, turn by turn."""
        turns = self.facts["turns"]
        return [t["heard_text"] for t in turns if t["role"] == "agent" and t["heard_text"]]


class KillingCaller(Caller):
    """A caller whose call is in `state` when `kill` is called, once."""

    def __init__(
        self,
        utterances: Sequence[Utterance],
        *,
        state: State,
        kill: Callable[[float], None],
        thinking_ms: float,
        is_tool_asked: Callable[[], bool],
        now_ms: float,
    ) -> None:
        manner = CallerBehaviour(think_ms=1_500, stay_ms=1_500)
        super().__init__(utterances, manner=manner, now_ms=now_ms)
        self._state = state
        self._thinking_ms = thinking_ms
        self._kill: Callable[[float], None] | None = kill
        self._is_tool_asked = is_tool_asked
        self._tool_asked_at_ms: float | None = None
        self._said_at_ms = now_ms

    def act(self, playout: Playout, *, now_ms: float) -> Act | None:
        """As any caller; and the process dies when its time has come."""
        act = super().act(playout, now_ms=now_ms)
        if isinstance(act, Say):
            self._said_at_ms = now_ms
        if self._kill is not None and self._is_time(playout, now_ms):
            kill, self._kill = self._kill, None
            kill(now_ms)
        return act

    def _is_time(self, playout: Playout, now_ms: float) -> bool:
        heard = playout.heard(since_ms=self._listening_since_ms, now_ms=now_ms)
        is_playing = playout.is_playing(now_ms)
        match self._state:
            case State.GREETING:
                return heard is not None and now_ms - heard.first_ms >= INTO_MS
            case State.LISTENING:
                has_answered = self._said == 1 and heard is not None and not is_playing
                return has_answered and heard is not None and now_ms - heard.last_ms >= INTO_MS
            case State.HEARING:
                is_speaking = now_ms < self._listening_since_ms - 2 * FRAME_MS
                return self._said == 2 and is_speaking and now_ms - self._said_at_ms >= INTO_MS
            case State.THINKING:
                waits_ms = now_ms - self._listening_since_ms
                return self._said == 2 and heard is None and waits_ms >= self._thinking_ms
            case State.RUNNING_TOOL:
                if self._tool_asked_at_ms is None and self._said == 2 and self._is_tool_asked():
                    self._tool_asked_at_ms = now_ms
                asked_at_ms = self._tool_asked_at_ms
                return asked_at_ms is not None and now_ms - asked_at_ms >= INTO_MS
            case State.SPEAKING | State.ENDING:
                has_begun = heard is not None and now_ms - heard.first_ms >= INTO_MS
                return self._said == 2 and is_playing and has_begun
            case State.RINGING:
                return False  # it is over when there is a caller to hear


async def killed_call(
    pair: Pair,
    webhook: str,
    questions: Sequence[Utterance],
    state: State,
    *,
    thinking_ms: float = THINKING_MS,
    is_tool_asked: Callable[[], bool] = bool,
    besides: Callable[[], float] | None = None,
) -> Killed:
    """Place a call, kill its process in `state`, and let it continue to its end.

    thinking_ms: after the caller's last word, when it is to be killed while the agent thinks.
    is_tool_asked: whether the agent's tool runs, or has run, in this call. besides: restarts
    something at the same moment, on a thread of its own; returns how long that was away (ms).
    """
    killed_at: list[float] = []
    asked: list[int] = []
    also: list[asyncio.Future[float]] = []

    def kill(now_ms: float) -> None:
        killed_at.append(now_ms)
        pair.kill()
        if besides is not None:
            also.append(asyncio.get_running_loop().run_in_executor(None, besides))

    def make_caller(now_ms: float) -> Caller:
        if not asked:
            asked.append(0)
            return KillingCaller(
                questions,
                state=state,
                kill=kill,
                thinking_ms=thinking_ms,
                is_tool_asked=is_tool_asked,
                now_ms=now_ms,
            )
        # Whoever was cut off in the middle of a question asks it again.
        said = {State.GREETING: 0, State.LISTENING: 1, State.HEARING: 1}.get(state, 2)
        manner = CallerBehaviour(think_ms=1_500, stay_ms=1_500)
        return Caller(questions[said:], manner=manner, now_ms=now_ms)

    def notice(event: PhoneEvent) -> None:
        if state is State.RINGING and event.what == "answered":
            kill(event.at_ms)

    async with pair.fronted():
        result = await place_call(CallPlan(webhook=webhook, make_caller=make_caller), notice)
    assert killed_at, f"the call never was {state}: {result.errors}"
    away_ms = await asyncio.gather(*also)
    facts = await asyncio.to_thread(facts_of, pair, result.call_sid)
    return Killed(state, result, killed_at[0], facts, next(iter(away_ms), None))


async def undisturbed_call(
    pair: Pair, webhook: str, questions: Sequence[Utterance]
) -> tuple[CallResult, dict[str, Any]]:
    """The same call with no process killed, and what the service kept of it."""
    manner = CallerBehaviour(think_ms=1_500, stay_ms=1_500)
    async with pair.fronted():
        plan = CallPlan(webhook=webhook, utterances=tuple(questions), manner=manner)
        result = await place_call(plan)
    return result, await asyncio.to_thread(facts_of, pair, result.call_sid)


def facts_of(pair: Pair, call_sid: str) -> dict[str, Any]:
    """What the service kept of a call, once it is settled."""
    facts: dict[str, Any] = pair.service().report(call_sid)
    more = pair.console.run(
        "import json\n"
        "from usage.models import Call, LiveState, UsageFact\n"
        f"call = Call.objects.get(carrier_call_id={call_sid!r})\n"
        # None of a call that was never connected, or whose process left no word of it.
        "used = UsageFact.objects.filter(call=call).first() or UsageFact()\n"
        "print(json.dumps({'generation': call.generation, 'end_reason': call.end_reason, "
        "'stream_ms': used.stream_ms, 'report': call.carrier_report, "
        "'stt_ms': used.stt_ms, 'tts_characters': used.tts_characters, "
        "'open': Call.objects.filter(ended_at=None).count(), "
        "'states': LiveState.objects.count()}))"
    )
    kept: dict[str, Any] = json.loads(more)
    return facts | kept
