"""The tool calls of a telephone call: called, running, returned.

The session itself executes `hang_up`. Each other run is a row of the transcript from its beginning,
and its result requires another answer.

A tool that requires confirmation is not run at once: the model is told to ask the caller, and the
same call runs after a plain yes of the caller. Nothing but the caller's own words counts as a yes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse
from agents.engines.events import ToolCalled
from agents.http_tools.definition import Definition
from agents.speech.heard.agreement import is_yes
from agents.tools import hang_up
from telephony.session.commands import Command, RunTool, SaveTurn
from telephony.session.events import ToolReturned
from telephony.session.language.speaking import CallLanguage
from telephony.session.replies.reply import Reply
from telephony.session.resuming.state import SavedRun
from telephony.session.transcript import Transcript

MOST_RUNS: Final = 100  # of one telephone call
MOST_ROUNDS: Final = 5  # consecutive answers that call tools, before it counts as a loop
ASK_FIRST: Final = (
    "Nothing is done yet. Tell the caller what you are about to do, and ask whether you may. Once "
    "they have said yes, or pressed 1, call this again with the same arguments."
)


@dataclass(frozen=True, slots=True)
class _Run:
    reply: Reply
    call: ToolCall
    number: int  # number of its row in the transcript
    started_ms: int


class ToolRuns:
    """The runs of one telephone call. Times on the session's clock, milliseconds."""

    def __init__(
        self, transcript: Transcript, own: tuple[Definition, ...], language: CallLanguage
    ) -> None:
        """own: the organization's tools that the agent may use."""
        self._transcript = transcript
        self._own = {each.name: each for each in own}
        self._agreements = _Agreements(transcript, language)
        self._running: dict[str, _Run] = {}  # by id of the tool call
        self._begun = 0
        # The latest number of an id. Ids are idempotency keys, so they continue across streams.
        self._before = transcript.next_number - 1

    def begin(self, reply: Reply, event: ToolCalled, now_ms: int) -> Iterator[Command]:
        """`reply` calls a tool."""
        if event.name == hang_up.NAME:
            reply.hang_up = True
            return
        if not reply.is_answer:
            return
        if self._begun >= MOST_RUNS:  # the last round
            reply.has_called = True
            reply.tool_rounds = MOST_ROUNDS
            return
        self._begun += 1
        # Nine letters and digits: some servers accept no other id.
        call = ToolCall(event.name, event.arguments, id=f"call{self.last_id:05}")
        run = _Run(reply, call, self._transcript.next_number, now_ms)
        own = self._own.get(call.name)
        if own is not None and own.writes and (under_way := self._same_as(call)) is not None:
            # Its answer was given up, and it still runs: this answer waits for it instead.
            self._running[under_way.call.id] = replace(under_way, reply=reply)
            reply.tools.add(under_way.call.id)
            reply.has_called = True
            return
        if own is not None and own.asks_first and not self._agreements.take(call, run.number):
            reply.has_called = reply.must_answer = True
            yield self._keep(run, ToolResult(call.id, ASK_FIRST), now_ms)
            return
        self._running[call.id] = run
        reply.tools.add(call.id)
        reply.has_called = True
        yield self._keep(run, None, now_ms)
        yield RunTool(reply.id, call)

    def _same_as(self, call: ToolCall) -> _Run | None:
        """The run under way of the same tool with the same arguments."""
        named = (run for run in self._running.values() if run.call.name == call.name)
        wanted = _canonical(call.arguments)
        return next((run for run in named if _canonical(run.call.arguments) == wanted), None)

    def is_of(self, call_id: str, reply: Reply | None) -> bool:
        """Whether this run is unknown, or one of `reply`."""
        run = self._running.get(call_id)
        return run is None or run.reply is reply

    @property
    def last_id(self) -> int:
        """The number in the latest id."""
        return self._before + self._begun

    def restore(self, last_id: int) -> None:
        """Continue after the ids of a lost process."""
        self._before = last_id

    def filler_of(self, name: str) -> str:
        """The sentence for a caller while the tool runs, "" for the usual one."""
        own = self._own.get(name)
        return own.filler if own is not None else ""

    def end(self, event: ToolReturned, now_ms: int) -> Iterator[Command]:
        """A tool has returned; ignored for an unknown run."""
        run = self._running.pop(event.call_id, None)
        if run is None:
            return
        run.reply.tools.discard(event.call_id)
        run.reply.must_answer |= event.is_error
        yield self._keep(run, ToolResult(event.call_id, event.text, event.is_error), now_ms)

    def save(self, reply: Reply) -> tuple[SavedRun, ...]:
        """The pending runs of `reply`."""
        running = (run for run in self._running.values() if run.call.id in reply.tools)
        return tuple(SavedRun(run.call, run.number, run.started_ms) for run in running)

    def begin_again(self, reply: Reply, saved: SavedRun) -> RunTool:
        """Restart a run of a lost process under the same id; `reply` waits for its result."""
        self._running[saved.call.id] = _Run(reply, saved.call, saved.number, saved.started_ms)
        reply.tools.add(saved.call.id)
        return RunTool(reply.id, saved.call, is_again=True)

    def _keep(self, run: _Run, result: ToolResult | None, now_ms: int) -> SaveTurn:
        use = ToolUse(run.call, result)
        return SaveTurn(
            self._transcript.keep_tool(run.number, use, started_ms=run.started_ms, now_ms=now_ms)
        )


class _Agreements:
    """Confirmations of the caller. Each yes is valid for one run with the same arguments."""

    def __init__(self, transcript: Transcript, language: CallLanguage) -> None:
        self._transcript = transcript
        self._language = language
        self._asked: dict[tuple[str, str], int] = {}  # the row after which the question follows

    def take(self, call: ToolCall, number: int) -> bool:
        """Whether `call`, the row `number`, may run now; if not, the caller has to be asked."""
        key = (call.name, _canonical(call.arguments))
        asked = self._asked.pop(key, None)
        if asked is not None and self._has_agreed(asked, call.name):
            return True
        self._asked[key] = number
        return False

    def _has_agreed(self, after: int, tool: str) -> bool:
        """Whether the caller's latest words are a yes to something said after the row `after`.

        A yes to "Are you still there?" is one to that alone.
        """
        is_asked, words = False, ""
        for turn in self._transcript.turns[after:]:
            if turn.role is Role.AGENT and turn.heard_text and not turn.is_sign_of_life:
                is_asked, words = turn.text.strip() not in self._language.phrases.still_there, ""
            elif turn.role is Role.CALLER and is_asked:
                words = turn.heard_text
        return is_yes(words, self._language.tag, about=tool)


def _canonical(arguments: str) -> str:
    """The arguments in canonical JSON; invalid JSON is returned unchanged."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments
