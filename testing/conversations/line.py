"""Carries a scripted conversation through session, engine and driver, on a virtual clock.

Only what is outside of a call is replaced: the socket, the records, the carrier's buffer (that of
the simulated phone), the model behind voice activity, and the providers (the scripted ones).
"""

import asyncio
import json
from base64 import b64decode
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from agents.engines.base import EngineSetup
from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse
from agents.engines.scripted import engines
from agents.http_tools.definition import Definition
from agents.settings.config import Speech as SpeechSettings
from agents.settings.config import Transfers, TurnTaking
from telephony.calls.socket import AsgiCallSocket
from telephony.calls.streams.earlier import FIRST, Earlier, config_of
from telephony.session.turns import TurnRecord
from telephony.simulator.sound.loudness import loud_frames
from telephony.simulator.sound.playout import Playout, Stretch
from testing.calls.harness import CallHarness
from testing.calls.media_stream import Stream
from testing.conversations.found import Conversation, Done, Speech
from testing.conversations.script import DELAYS, Act, Script
from testing.conversations.sound import FRAME, FRAME_SECONDS, QUIET, SoundActivity, frames_of, mixed
from testing.conversations.tools import ToolServer
from testing.setups import setup

GREETED_SECONDS: Final = 60.0  # longest that a greeting takes
KEY_SECONDS: Final = 0.3
LEAVES_SECONDS: Final = 5.0


class _CarriedStream(Stream):
    """Twilio's end of the socket, with the carrier's buffer behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.playout = Playout()

    def take(self, message: dict[str, Any]) -> None:
        super().take(message)
        if message["type"] != "websocket.send":
            return
        sent = json.loads(message["text"])
        match sent["event"]:
            case "media":
                self.playout.media(b64decode(sent["media"]["payload"]), now_ms=_now_ms())
            case "mark":
                self.playout.mark(sent["mark"]["name"], now_ms=_now_ms())
            case "clear":
                self._return(self.playout.clear(now_ms=_now_ms()))

    def plays(self) -> None:
        """Give back the marks that were reached."""
        self._return(self.playout.reached(now_ms=_now_ms()))

    def _return(self, names: list[str]) -> None:
        for name in names:
            self.sends_event("mark", mark={"name": name})


@dataclass
class _Call(CallHarness):
    options: dict[str, object] = field(default_factory=dict)
    language: str = "en"
    own_tools: tuple[Definition, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.carrier = _CarriedStream()
        self.writes: list[asyncio.Task[Any]] = []
        self.stream = self.carrier
        self.socket = AsgiCallSocket(self.stream.receive, self.stream.send)
        self.voice_activity = cast(Any, SoundActivity())

    def _setup(self) -> EngineSetup:
        made = setup(
            greeting=self.greeting,
            turn_taking=self.turn_taking,
            recording=self.recording,
            transfers=self.transfers,
            options=self.options,
            language=self.language,
            speech=SpeechSettings(languages=self.languages),
            http_tools=self.own_tools,
        )
        return replace(made, config=config_of(made.config, self.earlier))

    async def finish(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """What `work` returns; as of a Runtime it is carried on, though the call ends."""
        task = asyncio.create_task(work)
        self.writes.append(task)
        return await asyncio.shield(task)


async def carried(script: Script) -> Conversation:
    """Run the conversation to its end. On a virtual clock: `virtual_loop.run`."""
    call, server = _call(script), ToolServer(script.tools)
    with server.answering():
        line = await _carried(call, script)
    line.found.tools = server
    return line.found


async def _carried(call: _Call, script: Script) -> "_Line":
    task = asyncio.create_task(call.driver().run())
    line = _Line(script, call.carrier, task)
    try:
        await line.run()
        call.carrier.disconnects()
        async with asyncio.timeout(LEAVES_SECONDS):
            await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.wait([task, *call.writes])
    if not task.cancelled() and (error := task.exception()):
        raise error
    line.found.turns = call.records.turns()
    flights = [args[1] for name, args, _ in call.records.jobs if name == "save_flight_record"]
    line.found.flight = next(iter(flights), b"")  # of a call that came back there may be none
    begun = [args[1] for name, args, _ in call.records.jobs if name == "begin"]
    line.found.transfers = [order.target.name for order in begun]
    return line


def _call(script: Script) -> _Call:
    stt_ms, llm_ms, tts_ms = DELAYS[script.engines_ms]
    options: dict[str, object] = {
        "scripted.hears_marks": True,
        "scripted.replies": script.answers,
        "scripted.reply": script.answers[-1],
        "scripted.stt_ms": stt_ms,
        "scripted.llm_ms": llm_ms,
        "scripted.token_ms": 0,
        "scripted.tts_ms": tts_ms,
    }
    config = setup(options=options).config
    return _Call(
        stt=cast(Any, engines.ScriptedSpeechToText(config)),
        llm=cast(Any, engines.ScriptedLanguageModel(config)),
        tts=cast(Any, engines.ScriptedTextToSpeech(config)),
        turn_taking=TurnTaking(**cast(Any, script.settings)),
        greeting=script.greeting,
        transfers=_transfers(script),
        own_tools=tuple(each.definition() for each in script.tools),
        earlier=_earlier(script.came_from) if script.came_from else FIRST,
        options=options,
        language=script.language,
        languages=script.languages,
    )


def _transfers(script: Script) -> Transfers:
    targets = "\n".join(script.targets)
    if not script.is_closed:
        return Transfers(targets)
    # A zone in which it is no time.
    return Transfers(targets, hours="Mon 9:00-17:00", time_zone="Nowhere")


def _earlier(target: str) -> Earlier:
    """A stream of six seconds, at the end of which the caller was put through."""
    call = ToolCall("transfer_call", json.dumps({"target": target}), id="past00002")
    refused = ToolResult(call.id, f"{target} did not take the call (no answer).", is_error=True)
    said = f"put me through to {target}"
    return Earlier(
        turns=(
            TurnRecord(1, Role.CALLER, said, said, False, 1000, 3000),
            TurnRecord(2, Role.TOOL, f"{call.name} {call.arguments}", "", False, 3100, 3100),
        ),
        tools={2: ToolUse(call, refused)},
        from_ms=6_000,
        transfers=1,
    )


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


class _Line:
    """The caller's end: a frame each 20 ms, speech when it is due, marks as they are reached."""

    def __init__(self, script: Script, stream: _CarriedStream, call: "asyncio.Task[None]") -> None:
        self.found = Conversation(script)
        self._script = script
        self._stream = stream
        self._call = call
        self._frames: deque[bytes] = deque()
        self._began_ms = 0.0
        self._greeted = 0  # stretches before the conversation

    async def run(self) -> None:
        await self._hear_greeting()
        for act in self._script.acts:
            if not await self._is_due(act):
                break
            await self._do(act)
        until = self._script.until
        last = self.found.done[-1].end if self.found.done else 0.0
        until = last + self._script.watched if until is None else until
        while self._now() < until and not self._call.done():
            await self._frame()
        self.found.watched = self._now()
        if self._call.done():
            self.found.ended = self._now()
        self._keep_speech()

    async def _hear_greeting(self) -> None:
        playout = self._stream.playout
        while self._script.greeting and _now_ms() < GREETED_SECONDS * 1000:
            await self._frame()
            if playout.stretches and not playout.is_playing(_now_ms()):
                break
        self._greeted = len(playout.stretches)
        self._began_ms = _now_ms()
        self.found.began = self._began_ms / 1000

    async def _is_due(self, act: Act) -> bool:
        """Wait until it is time for `act`; False when that never comes."""
        patience = self._now() + GREETED_SECONDS
        while not self._call.done() and self._now() < patience:
            at = self._due(act)
            if at is not None and self._now() >= at - FRAME_SECONDS / 2:
                return True
            await self._frame()
        return False

    def _due(self, act: Act) -> float | None:
        when = act.when
        if when.after == "start":
            return when.seconds
        if when.after == "last":
            return (self.found.done[-1].end if self.found.done else 0.0) + when.seconds
        stretches = self._stream.playout.stretches
        index = self._greeted + when.reply - 1
        if index >= len(stretches):
            return None
        stretch = stretches[index]
        if when.after == "into":
            return self._seconds(stretch.begins_ms) + when.seconds
        if stretch.ends_ms > _now_ms():
            return None
        return self._seconds(stretch.ends_ms) + when.seconds

    async def _do(self, act: Act) -> None:
        spoken, at = [], self._now()
        for number, (_, seconds) in enumerate(act.parts):
            at += act.pauses[number - 1] if number else 0.0
            spoken.append((at, at + seconds))
            at += seconds
        if act.kind == "key":  # it is pressed at once, and nothing is heard after the last one
            spoken = [(spoken[0][0], spoken[0][1] - KEY_SECONDS + FRAME_SECONDS)]
        self.found.done.append(Done(act, spoken))
        if act.kind == "key":
            for digit in act.parts[0][0]:
                self._stream.sends_event("dtmf", dtmf={"track": "inbound_track", "digit": digit})
                for _ in range(round(KEY_SECONDS / FRAME_SECONDS)):
                    await self._frame()
            return
        self._frames.extend(frames_of(act))
        while self._frames and not self._call.done():
            await self._frame()

    async def _frame(self) -> None:
        self._stream.plays()
        frame = self._frames.popleft() if self._frames else QUIET
        if self._script.echo is not None:
            level_db, delay_ms = self._script.echo
            played = _played(self._stream.playout.stretches, _now_ms() - delay_ms)
            frame = mixed(frame, played, 10 ** (level_db / 20)) if played else frame
        self._stream.speaks(frame)
        await asyncio.sleep(FRAME_SECONDS)

    def _keep_speech(self) -> None:
        for number, stretch in enumerate(self._stream.playout.stretches):
            if any(loud_frames(stretch.audio)):
                ends = min(stretch.ends_ms, _now_ms())
                speech = Speech(
                    self._seconds(stretch.begins_ms), self._seconds(ends), stretch.is_cut
                )
                kept = self.found.greeting if number < self._greeted else self.found.replies
                kept.append(speech)

    def _now(self) -> float:
        return self._seconds(_now_ms())

    def _seconds(self, ms: float) -> float:
        return (ms - self._began_ms) / 1000


def _played(stretches: list[Stretch], at_ms: float) -> bytes:
    """The frame that was played at a time, empty when there was none."""
    for stretch in reversed(stretches):
        if stretch.begins_ms <= at_ms < stretch.ends_ms:
            at = int(at_ms - stretch.begins_ms) * 8
            frame = bytes(stretch.audio[at : at + FRAME])
            return frame if len(frame) == FRAME else b""
    return b""
