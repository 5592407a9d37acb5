"""The courier's stream: a JSON object a message, sound in hexadecimal digits."""

import json
from collections.abc import Sequence

from telephony.calls.transport import Message
from telephony.session.events import CallerGone, Event, FrameHeard, MarkPlayed
from telephony.session.turns import TurnRecord, TurnState
from voicex.errors import ProtocolError


class CourierTransport:
    """A `telephony.calls.transport.Transport`."""

    takes_bytes = False
    has_audio = True

    def __init__(self, stream_id: str) -> None:
        self.lost_frames = 0
        self.strange_messages = 0
        self._stream_id = stream_id

    def read(self, message: Message) -> Event | None:
        try:
            read = json.loads(message)
        except ValueError as error:
            raise ProtocolError("Not JSON") from error
        match read:
            case {"sound": str(sound)}:
                return FrameHeard(bytes.fromhex(sound))
            case {"played": str(name)}:
                return MarkPlayed(name)
            case {"over": True}:
                return CallerGone("stop")
            case _:
                self.strange_messages += 1
                return None

    def play(self, payload: bytes, mark: str) -> Sequence[Message]:
        return (self._message(sound=payload.hex()), self._message(tell=mark))

    def clear(self) -> Message:
        return self._message(hush=True)

    def is_sound(self, message: Message) -> bool:
        return True

    def show(self, turn: TurnRecord) -> Sequence[Message]:
        return ()

    def show_state(self, turn: TurnState) -> Sequence[Message]:
        return ()

    def end(self, reason: str) -> Sequence[Message]:
        return ()

    def _message(self, **fields: object) -> str:
        return json.dumps({"stream": self._stream_id, **fields})
