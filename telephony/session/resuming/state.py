"""The saved state of a call, with which another process can continue it.

Some KB in size, and without anything in flight: no audio, requests or tasks. Written by
`CallSession.snapshot`, read by `CallSession.restored`. Times: milliseconds on the call's clock,
which continues across processes.

Structs are encoded by position: new fields need defaults and go to the end.
"""

from dataclasses import replace
from typing import Final

import msgspec

from agents.engines.conversation import Role, ToolCall, ToolUse
from telephony.session.events import TransferReady
from telephony.session.turns import TurnRecord, TurnState

FORMAT: Final = 1
# The limit for all turns, newest first: half an hour of conversation. The oldest turns of longer
# calls are dropped.
MOST_CHARACTERS: Final = 20_000
# A whole state of that many characters, four bytes each, with the rest of it.
MOST_BYTES: Final = 200_000
# The limits for a state that would be larger: number of turns, and characters of each.
NEWEST: Final = 10
LONGEST: Final = 500

# Replaces the result of a tool in private calls.
DONE: Final = "It was done. What it gave is not kept."
FAILED: Final = "It failed. Why is not kept."


class UnreadableState(Exception):
    """The bytes are not the state of a call, or of an incompatible release."""


class SavedTurns(msgspec.Struct, frozen=True, array_like=True):
    """The transcript. dropped: how many turns came before these, whose words are not kept.

    spoken: the utterances of the caller's newest turn. tools: by number of the turn. passed_over,
    announcements: numbers of the agent's turns that do not count, and of the caller's that want no
    answer. recorded: how many characters the records of all turns have, for their bound.
    """

    dropped: int = 0
    turns: tuple[TurnRecord, ...] = ()
    spoken: tuple[str, ...] = ()
    tools: tuple[tuple[int, ToolUse], ...] = ()
    passed_over: tuple[int, ...] = ()
    announcements: tuple[int, ...] = ()
    recorded: int = 0


class SavedSpan(msgspec.Struct, frozen=True, array_like=True):
    """A text and its position in the audio; end_ms None: its audio was incomplete."""

    text: str
    start_ms: int
    end_ms: int | None


class SavedPlayout(msgspec.Struct, frozen=True, array_like=True):
    """The audio sent of a reply, and how much of it was proven heard."""

    spans: tuple[SavedSpan, ...] = ()
    received_ms: int = 0
    sent_ms: int = 0
    started_at_ms: int | None = None
    proven_ms: int = 0
    proven_at_ms: int = 0
    is_complete: bool = False


class SavedRun(msgspec.Struct, frozen=True, array_like=True):
    """A running tool call. number: of its turn."""

    call: ToolCall
    number: int
    started_ms: int


class SavedReply(msgspec.Struct, frozen=True, array_like=True):
    """The current reply and its playback.

    fixed_text: what the engine was told to say, "" for an answer. number: of its turn, None
    before its first sound. runs: of the tools that it wants. heard_before: the end of what was
    heard of it on former streams. must_answer: a tool was refused or failed.
    """

    playout: SavedPlayout
    is_answer: bool
    fixed_text: str
    hang_up: bool
    end_reason: str
    is_interjection: bool
    is_broken: bool
    number: int | None
    has_called: bool
    tool_rounds: int
    runs: tuple[SavedRun, ...] = ()
    is_greeting: bool = False
    heard_before: str = ""
    must_answer: bool = False


class SavedCaller(msgspec.Struct, frozen=True, array_like=True):
    """The state of the caller's input.

    words: of the turn that is not over, as far as they are known; is_again: they include those of
    the turn before. pause_ms: the rhythm. digits, is_number_over, pressed_at_ms: the keypad.
    typed: texts that wait. The next ones count what was done about silence and about speech
    without words. is_aside_kept: the newest words were to somebody else, it seems.
    """

    words: str = ""
    is_again: bool = False
    pause_ms: float | None = None
    has_echo: bool = False
    digits: str = ""
    is_number_over: bool = False
    pressed_at_ms: int = 0
    typed: tuple[str, ...] = ()
    is_granted: bool = False
    reminders: int = 0
    silent_from_ms: int = 0
    sound_at_ms: int = 0
    asked_again: int = 0
    asked_again_at_ms: int = 0
    is_aside_kept: bool = False


class CallState(msgspec.Struct, frozen=True, array_like=True):
    """The complete state of a call.

    agent_version: of the agent that answers. at_ms: the call's clock. doing: whose turn it is.
    consent: None while the caller is told or asked, else whether the call may be recorded.
    replies, tools: the number in the newest id of each, so that none is used twice. signs_of_life:
    how many were said, each time the next sentence.
    transfer: the one that the call leaves for. from_ms, transfers: of the stream that this clock
    began with, where on the call's clock it began, and how many transfers were before it.
    language: the tag of the one that is spoken, "" for the agent's main one; is_language_wished:
    the caller has asked for it.
    ends_at_ms: sooner than the agent's longest call, because a budget is spent. owes_result: a tool
    has returned, and no answer to it was requested yet.
    """

    format: int
    agent_version: int
    at_ms: int
    doing: TurnState
    turns: SavedTurns
    caller: SavedCaller
    reply: SavedReply | None
    consent: bool | None
    replies: int
    tools: int
    signs_of_life: int
    failures: int
    is_end_announced: bool
    turn_from_ms: int
    transfer: TransferReady | None = None
    from_ms: int = 0
    transfers: int = 0
    language: str = ""
    is_language_wished: bool = False
    ends_at_ms: int | None = None
    owes_result: bool = False


def forgetful(state: CallState, turns: tuple[TurnRecord, ...]) -> CallState:
    """`state` with these turns, and without any other words or digits of the caller.

    A current answer is generated again; fixed texts are kept if they cannot quote the caller. Tool
    calls are kept without arguments and results, because otherwise a model would repeat them.
    """
    tools = tuple((number, _without_words(use)) for number, use in state.turns.tools)
    kept = msgspec.structs.replace(state.turns, turns=turns, spoken=(), tools=tools)
    caller = msgspec.structs.replace(state.caller, words="", digits="", typed=())
    reply = state.reply
    if reply is not None and reply.is_answer:
        runs = tuple(_without_arguments(run) for run in reply.runs)
        reply = msgspec.structs.replace(reply, playout=SavedPlayout(), runs=runs, heard_before="")
    elif reply is not None and not reply.hang_up:
        reply = None if any(turn.role is Role.CALLER for turn in turns) else reply
    transfer = replace(state.transfer, briefing="") if state.transfer else None
    return msgspec.structs.replace(state, turns=kept, caller=caller, reply=reply, transfer=transfer)


def _without_words(use: ToolUse) -> ToolUse:
    result = use.result
    if result is not None:
        result = replace(result, text=FAILED if result.is_error else DONE)
    return replace(use, call=replace(use.call, arguments="{}"), result=result)


def _without_arguments(run: SavedRun) -> SavedRun:
    return msgspec.structs.replace(run, call=replace(run.call, arguments=""))


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(CallState)


def encoded(state: CallState) -> bytes:
    """`state` as bytes. Raises ValueError for text that cannot be encoded, such as a lone
    surrogate.
    """
    return _encoder.encode(state)


def fitting(state: CallState) -> bytes:
    """`encoded` within MOST_BYTES. If necessary, arguments and results of tools are dropped, then
    the words of all but the latest turns; b"" if it does not fit even then.

    The model is told about omissions. Raises ValueError as `encoded`.
    """
    data = encoded(state)
    for shorter in (_with_short_tools, _with_short_turns):
        if len(data) > MOST_BYTES:
            state = shorter(state)
            data = encoded(state)
    return data if len(data) <= MOST_BYTES else b""


def _with_short_tools(state: CallState) -> CallState:
    tools = tuple((number, _without_words(use)) for number, use in state.turns.tools)
    reply = state.reply
    if reply is not None:
        runs = tuple(_without_arguments(run) for run in reply.runs)
        reply = msgspec.structs.replace(reply, runs=runs)
    turns = msgspec.structs.replace(state.turns, tools=tools)
    return msgspec.structs.replace(state, turns=turns, reply=reply)


def _with_short_turns(state: CallState) -> CallState:
    """Only the latest turns, shortened; older ones are counted in `dropped`."""
    turns = state.turns
    older, newest = turns.turns[:-NEWEST], turns.turns[-NEWEST:]
    numbers = {turn.number for turn in newest}
    kept = msgspec.structs.replace(
        turns,
        dropped=turns.dropped + len(older),
        turns=tuple(
            replace(turn, text=turn.text[:LONGEST], heard_text=turn.heard_text[:LONGEST])
            for turn in newest
        ),
        tools=tuple(item for item in turns.tools if item[0] in numbers),
        passed_over=tuple(number for number in turns.passed_over if number in numbers),
        announcements=tuple(number for number in turns.announcements if number in numbers),
    )
    return msgspec.structs.replace(state, turns=kept)


def decoded(data: bytes) -> CallState:
    """The state that `encoded` wrote. Raises UnreadableState."""
    if len(data) > MOST_BYTES:
        raise UnreadableState("It is larger than the state of any call.")
    try:
        state = _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableState(str(error)) from error
    if state.format != FORMAT:
        raise UnreadableState(f"Its format is {state.format}, and not {FORMAT}.")
    return state
