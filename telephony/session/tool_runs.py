"""The tools that the agent's answers want: called, running, returned.

A tool that acts on the call itself is carried out by the session; there is one, `hang_up`. Each
other run is a row of the transcript from its beginning, and its result wants another answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import ToolCall, ToolResult, ToolUse
from agents.engines.events import ToolCalled
from agents.tools import hang_up
from telephony.session.commands import Command, RunTool, SaveTurn
from telephony.session.events import ToolReturned
from telephony.session.reply import Reply
from telephony.session.transcript import Transcript

MOST_RUNS: Final = 100  # of one telephone call
MOST_ROUNDS: Final = 5  # answers in a row that call tools: then the model goes in circles


@dataclass(frozen=True, slots=True)
class _Run:
    reply: Reply
    call: ToolCall
    number: int  # of its row in the transcript
    started_ms: int


class ToolRuns:
    """The runs of one telephone call. Times on the session's clock, milliseconds."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._running: dict[str, _Run] = {}  # by the id of the call
        self._begun = 0

    def begin(self, reply: Reply, event: ToolCalled, now_ms: int) -> Iterator[Command]:
        """`reply` wants a tool run."""
        if event.name == hang_up.NAME:
            reply.hang_up = True
            return
        if not reply.is_answer:
            return
        if self._begun >= MOST_RUNS:  # its last round, after which the caller is asked again
            reply.has_called = True
            reply.tool_rounds = MOST_ROUNDS
            return
        self._begun += 1
        # Nine letters and digits: some servers take no other id.
        call = ToolCall(event.name, event.arguments, id=f"call{self._begun:05}")
        run = _Run(reply, call, self._transcript.next_number, now_ms)
        self._running[call.id] = run
        reply.tools.add(call.id)
        reply.has_called = True
        yield self._keep(run, None, now_ms)
        yield RunTool(reply.id, call)

    def end(self, event: ToolReturned, now_ms: int) -> Iterator[Command]:
        """A tool has given something; of an unknown run it is passed over."""
        run = self._running.pop(event.call_id, None)
        if run is None:
            return
        run.reply.tools.discard(event.call_id)
        yield self._keep(run, ToolResult(event.call_id, event.text, event.is_error), now_ms)

    def _keep(self, run: _Run, result: ToolResult | None, now_ms: int) -> SaveTurn:
        use = ToolUse(run.call, result)
        return SaveTurn(
            self._transcript.keep_tool(run.number, use, started_ms=run.started_ms, now_ms=now_ms)
        )
