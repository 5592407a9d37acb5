"""What a stream needs to know of those that its call had before: what was said, what was used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import msgspec

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse
from agents.settings.config import AgentConfig, Recording
from agents.tools import transfer_call
from telephony.session.resuming.state import CallState
from telephony.session.transcript import Transcript, last_spoken
from telephony.session.turns import TurnRecord
from telephony.spoken.languages import is_sign_of_life, phrases_for
from usage.models import Call, Transfer, Turn, UsageFact

# Turns that the agent remembers: an hour's conversation.
MOST_TURNS: Final = 400
CARRIERS_TIME: Final = timedelta(hours=4)  # after which Twilio ends any call
LAST_WORDS: Final = timedelta(minutes=1)  # with some room for clocks that differ
SHORTEST_REST_MS: Final = 60_000  # that a caller who comes back is given, whatever went before
_COUNTS: Final = (
    "stream_ms",
    "stt_ms",
    "llm_tokens_in",
    "llm_tokens_out",
    "llm_tokens_unread",
    "tts_characters",
    "wasted_stt_ms",
    "wasted_llm_tokens_in",
    "wasted_llm_tokens_out",
    "wasted_tts_characters",
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Nothing, for the first stream of a call.

    turns: numbered from 1, without a gap; tools: what the agent had done, by number of the turn.
    used: the counts of `save_usage` so far; snapshots: how many were written. from_ms: where this
    stream begins on the call's clock: behind all that was heard and said. language: the tag of the
    one that was spoken last, "" for the agent's main one.
    """

    turns: tuple[TurnRecord, ...] = ()
    tools: Mapping[int, ToolUse] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    snapshots: int = 0
    from_ms: int = 0
    transfers: int = 0
    language: str = ""

    @property
    def is_return(self) -> bool:
        """Whether the caller comes back from a transfer."""
        return self.transfers > 0

    def transcript(self) -> Transcript:
        """What was said before, for the session of this stream to continue."""
        return Transcript(self.turns, self.tools)

    def in_call(self, turn: TurnRecord) -> TurnRecord:
        """`turn` of this stream, with its times on the call's clock."""
        if not self.from_ms:
            return turn
        started_ms, ended_ms = turn.started_ms + self.from_ms, turn.ended_ms + self.from_ms
        return replace(turn, started_ms=started_ms, ended_ms=ended_ms)


FIRST: Final = Earlier()
SOMEBODY: Final = "The person"


class _Wanted(msgspec.Struct):
    """What a transfer was called with, as far as it is stored."""

    target: str = ""


def earlier_of(call: Call) -> Earlier:
    """What `call`, which comes back from a transfer, has behind it. Four queries."""
    transfers = list(Transfer.objects.filter(call=call).order_by("number"))
    if not transfers:
        return FIRST
    newest = Turn.objects.filter(call=call).order_by("-number")[:MOST_TURNS]
    rows = {row.number: row for row in newest}
    fact = UsageFact.objects.filter(call=call).first()
    turns = tuple(_turn(rows.get(number), number) for number in range(1, max(rows, default=0) + 1))
    tools = {number: _tool(row) for number, row in rows.items() if row.role == Turn.Role.TOOL}
    _tell_results(tools, transfers)
    used = {name: getattr(fact, name) for name in _COUNTS} if fact else {}
    return Earlier(
        turns=turns,
        tools=tools,
        used=used,
        snapshots=fact.sequence if fact else 0,
        # Of a call that was continued in another process the gap has a place, and is no sound.
        from_ms=max([used.get("stream_ms", 0), *(turn.ended_ms for turn in turns)]),
        transfers=len(transfers),
        language=last_spoken(turns),
    )


def earlier_in(state: CallState) -> Earlier:
    """What was before the stream of `state`, which continues in another process.

    What was said and used then is in the state itself.
    """
    return Earlier(from_ms=state.from_ms, transfers=state.transfers, language=state.language)


def config_of(config: AgentConfig, earlier: Earlier) -> AgentConfig:
    """The agent as it takes a caller back: it says that nobody answered, in place of a greeting.

    What is said from here on is not recorded: a recording is one piece, and consent was asked for
    a conversation that seemed over.
    """
    if not earlier.is_return:
        return config
    waits = config.turn_taking
    rest_ms = max(SHORTEST_REST_MS, waits.max_call_ms - earlier.from_ms)
    return replace(
        config,
        greeting=phrases_for(earlier.language or config.language).nobody_answered,
        recording=Recording(),
        turn_taking=replace(waits, max_call_ms=min(waits.max_call_ms, rest_ms)),
    )


def within_carriers_time(config: AgentConfig, *, clock_ms: int, lasted: timedelta) -> AgentConfig:
    """The agent, which says goodbye before the carrier ends the call without a word.

    clock_ms: of the session that begins or continues; lasted: how long the carrier has had the call
    by then.
    """
    waits = config.turn_taking
    left_ms = max(0, (CARRIERS_TIME - LAST_WORDS - lasted) // timedelta(milliseconds=1))
    if waits.max_call_ms <= clock_ms + left_ms:
        return config
    return replace(config, turn_taking=replace(waits, max_call_ms=clock_ms + left_ms))


def _turn(row: Turn | None, number: int) -> TurnRecord:
    """The turn of a row; one that says nothing in the place of a row that is missing."""
    if row is None:
        return TurnRecord(number, Role.AGENT, "", "", False, 0, 0)
    return TurnRecord(
        number=number,
        role=Role(row.role),
        text=row.text,
        heard_text=row.heard_text,
        interrupted=row.interrupted,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        language=row.language,
        is_sign_of_life=row.role == Turn.Role.AGENT and is_sign_of_life(row.text.strip()),
    )


def _tool(row: Turn) -> ToolUse:
    name, _, arguments = row.text.partition(" ")
    call = ToolCall(name, arguments or "{}", id=f"past{row.number % 100_000:05}")
    return ToolUse(call, ToolResult(call.id, row.heard_text))


def _tell_results(tools: dict[int, ToolUse], transfers: Sequence[Transfer]) -> None:
    """Let each use among `tools` that put the caller through have given what became of it.

    A member who took the call over was not wanted by any of them.
    """
    left = [each for each in sorted(tools) if tools[each].call.name == transfer_call.NAME]
    for transfer in reversed(transfers):
        number = next((each for each in reversed(left) if _is_of(transfer, tools[each])), None)
        if number is None:
            continue
        left = [each for each in left if each < number]
        use = tools[number]
        who = transfer.target if _name_in(use) else SOMEBODY
        said = f"{who} did not take the call ({transfer.get_result_display()})."
        tools[number] = replace(use, result=ToolResult(use.call.id, said, is_error=True))


def _is_of(transfer: Transfer, use: ToolUse) -> bool:
    return _name_in(use).casefold() in (transfer.target.casefold(), "")


def _name_in(use: ToolUse) -> str:
    """Whom the model wanted, "" where its words were taken out."""
    try:
        return " ".join(msgspec.json.decode(use.call.arguments, type=_Wanted).target.split())
    except msgspec.MsgspecError:
        return ""
