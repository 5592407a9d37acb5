"""Carries out what the session of a live call decides: on its engine, socket, audio and records."""

from collections.abc import Sequence

from agents.engines.base import Engine
from telephony.calls.audio import CallAudio
from telephony.calls.resuming.bookkeeper import Bookkeeper
from telephony.calls.socket import CallSocket
from telephony.calls.tool_tasks import ToolTasks
from telephony.calls.transport import Message, Transport
from telephony.calls.turn_records import TurnRecords
from telephony.session.call import CallSession
from telephony.session.commands import (
    Cancel,
    Clear,
    Command,
    EndTurn,
    EndTurnAfter,
    Feed,
    Peek,
    Play,
    Record,
    Respond,
    RunTool,
    SaveTurn,
    Say,
    UseLanguage,
)


class CommandRunner:
    """Carries out the commands of one call. For the event loop's thread; never blocks."""

    def __init__(
        self,
        session: CallSession,
        *,
        engine: Engine,
        transport: Transport,
        socket: CallSocket,
        audio: CallAudio,
        records: TurnRecords,
        books: Bookkeeper,
        tools: ToolTasks,
        began_ms: int,
    ) -> None:
        """began_ms: when the stream began, on the call's clock."""
        self._session = session
        self._engine = engine
        self._transport = transport
        self._socket = socket
        self._audio = audio
        self._mixer = audio.mixer
        self._records = records
        self._books = books
        self._tools = tools
        self._began_ms = began_ms

    def run(self, command: Command, now_ms: int) -> bool:
        """Carry out any command but Leave and HangUp; False if the caller's socket takes no more.

        now_ms: on the call's clock.
        """
        match command:
            case Feed(payload):
                self._engine.hear(payload)
            case EndTurn():
                self._engine.end_turn()
            case EndTurnAfter(silence_ms, ask_sound):
                self._engine.end_turn_after(silence_ms, ask_sound=ask_sound)
            case UseLanguage(language):
                self._engine.use_language(language)
            case Play(payload, mark):
                return self._play(payload, mark)
            case Clear():
                return self._clear()
            case Peek(after_ms):
                played, from_ms = self._mixer.around(self._session.media_ms)
                self._engine.peek(after_ms, played=played, played_from_ms=from_ms)
            case Cancel(response_id, heard_ms):
                self._engine.cancel(response_id, heard_ms=heard_ms)
                self._tools.cancel(response_id)
            case RunTool(response_id, tool_call, is_again):
                self._books.save_state(now_ms=now_ms)
                self._tools.start(response_id, tool_call, is_again=is_again)
            case Respond(response_id, conversation):
                self._engine.respond(response_id, conversation)
            case Say(response_id, text, is_fixed, in_english):
                self._engine.say(response_id, text, is_fixed=is_fixed, in_english=in_english)
            case SaveTurn():
                return self._save_turn(command, now_ms)
            case Record(is_continued=True):
                self._audio.resume_recording(now_ms)
            case Record(consent):
                self._audio.record(consent, self._session.media_ms, began_ms=self._began_ms)
                self._books.note_change()
        return True

    def _play(self, payload: bytes, mark: str) -> bool:
        is_sent = self._send(self._transport.play(payload, mark))
        if self._transport.has_audio:
            self._mixer.play(payload, self._session.media_ms)
        return is_sent

    def _clear(self) -> bool:
        # Messages that still wait must not be sent after the clear.
        self._socket.take_back(self._transport.is_sound)
        is_sent = self._send((self._transport.clear(),))
        self._mixer.clear()
        return is_sent

    def _save_turn(self, command: SaveTurn, now_ms: int) -> bool:
        turn, media_ms = command.turn, self._session.media_ms
        is_sent = True
        if self._records.keep(turn, now_ms=now_ms, media_ms=media_ms):
            is_sent = self._send(self._transport.show(turn))
        self._books.announce()
        self._books.note_change()
        return is_sent

    def _send(self, messages: Sequence[Message]) -> bool:
        return not messages or self._socket.send(messages)
