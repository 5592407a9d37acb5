"""What a stream takes over from former streams of its call: transcript and usage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
from usage.records.evidence import WAITED
from usage.takeover import facts

# The number of turns that the agent remembers: an hour's conversation.
MOST_TURNS: Final = 400
CARRIERS_TIME: Final = timedelta(hours=4)  # after which Twilio ends any call
LAST_WORDS: Final = timedelta(minutes=1)  # margin for different clocks
SHORTEST_REST_MS: Final = 60_000  # the least time for a returning caller
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
    """The former streams of a call. The defaults are those of a first stream.

    turns: numbered from 1, without a gap; tools: tool calls, by number of the turn. used: the
    counts of `save_usage` so far; snapshots: how many were written. from_ms: where this stream
    begins on the call's clock. language: the tag of the language spoken last, "" for the agent's
    main one.
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
        """Whether the caller returns from a transfer."""
        return self.transfers > 0

    def transcript(self) -> Transcript:
        """The transcript so far, which the session of this stream continues."""
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
    """The stored arguments of a transfer's tool call."""

    target: str = ""


def earlier_of(call: Call) -> Earlier:
    """The former streams of `call`, which returns from a transfer. Four queries."""
    transfers = list(Transfer.objects.filter(call=call).order_by("number"))
    if not transfers:
        return FIRST
    newest = Turn.objects.filter(call=call).order_by("-number")[:MOST_TURNS]
    return earlier_from(newest, transfers, UsageFact.objects.filter(call=call).first())


def earlier_from(
    newest: Iterable[Turn], transfers: Sequence[Transfer], fact: UsageFact | None
) -> Earlier:
    """As `earlier_of`, from the rows of the call: its turns, its transfers in order, its use."""
    rows = {row.number: row for row in newest}
    turns = tuple(_turn(rows.get(number), number) for number in range(1, max(rows, default=0) + 1))
    tools = {number: _tool(row) for number, row in rows.items() if row.role == Turn.Role.TOOL}
    _tell_results(tools, transfers)
    used = facts.known_to_streams(fact, _COUNTS) if fact else {}
    return Earlier(
        turns=turns,
        tools=tools,
        used=used,
        snapshots=fact.sequence if fact else 0,
        # If the call was taken over by another process, the clock includes a gap without audio.
        from_ms=max([used.get("stream_ms", 0), *(turn.ended_ms for turn in turns)]),
        transfers=len(transfers),
        language=last_spoken(turns),
    )


def earlier_in(state: CallState) -> Earlier:
    """The streams before that of `state`, which continues in another process.

    Transcript and usage of these are part of the state itself.
    """
    return Earlier(from_ms=state.from_ms, transfers=state.transfers, language=state.language)


def config_of(config: AgentConfig, earlier: Earlier) -> AgentConfig:
    """The agent's configuration for a returning caller: in place of a greeting it says that nobody
    answered.

    The rest of the call is not recorded: a call has one recording, and the consent was given for a
    conversation that seemed to be over.
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


def lasted_of(call: Call, now: datetime) -> timedelta:
    """How long the carrier has had `call`: with the time in line, before an agent answered."""
    waited = call.carrier_report.get(WAITED)
    in_line = timedelta(seconds=waited) if isinstance(waited, int) else timedelta()
    return now - call.opened_at + min(max(in_line, timedelta()), CARRIERS_TIME)


def within_carriers_time(config: AgentConfig, *, clock_ms: int, lasted: timedelta) -> AgentConfig:
    """The agent's configuration, limited so that it says goodbye before the carrier cuts the call
    off.

    clock_ms: the clock of the session now; lasted: how long the carrier has had the call.
    """
    waits = config.turn_taking
    left_ms = max(0, (CARRIERS_TIME - LAST_WORDS - lasted) // timedelta(milliseconds=1))
    if waits.max_call_ms <= clock_ms + left_ms:
        return config
    return replace(config, turn_taking=replace(waits, max_call_ms=clock_ms + left_ms))


def _turn(row: Turn | None, number: int) -> TurnRecord:
    """The turn of a row; an empty turn if the row is missing."""
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
    """Replace the results of transfers among `tools` by their outcomes.

    Take-overs by members belong to none of these tool calls.
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
    """The target that the model named, "" where its arguments were redacted."""
    try:
        return " ".join(msgspec.json.decode(use.call.arguments, type=_Wanted).target.split())
    except msgspec.MsgspecError:
        return ""
