"""A server that speaks OpenAI's transcriptions, chat completions and speech.

In a test: `async with OpenAIServer(Behaviour.at_once()) as server`, then `server.url`.
In a process of its own: `python -m testing.providers.openai_server --port 0` prints its URL; a
POST of JSON to `/fake/behaviour` changes its behaviour, a GET of `/fake/requests` lists
what was asked.
"""

import email.parser
import email.policy
import io
import json
import wave
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from agents.engines.scripted.engines import DEFAULT_REPLY, split_tokens
from testing.odd_answers import (
    chat,
    chat_newer,
    chat_others,
    chat_refusals,
    chat_tools,
    limits,
    speech,
    speech_newer,
    transcription_newer,
)
from testing.odd_answers import transcription as odd_transcription
from testing.odd_answers.answer import Asked
from testing.providers.behaviour import Behaviour, Gate, pause
from testing.providers.http_server import Answer, BreakOff, HttpServer, Request
from testing.services.process import serve_from_command_line
from testing.sound import audio

PATHS = {
    "/v1/audio/transcriptions": "stt",
    "/v1/chat/completions": "llm",
    "/v1/audio/speech": "tts",
}
ODD = {
    "stt": {**odd_transcription.ANSWERS, **transcription_newer.ANSWERS, **limits.ANSWERS},
    "llm": {
        **chat.ANSWERS,
        **chat_newer.ANSWERS,
        **chat_others.ANSWERS,
        **chat_tools.TOOLS,
        **chat_refusals.KEEPING,
        **chat_refusals.TOLD,
        **chat_refusals.BAD,
        **chat_refusals.WITHOUT_PARAMETERS,
        **chat_refusals.ANY_TOOL,
        **limits.ANSWERS,
    },
    "tts": {**speech.ANSWERS, **speech_newer.ANSWERS, **limits.ANSWERS},
}
ODD_MODEL = "odd:"
CHUNK_BYTES = {"pcm": 9600, "mp3": 1600}  # 200 ms of sound


@dataclass
class Transcription:
    """One transcription request: its form fields, and its WAV."""

    fields: dict[str, str]
    wav: bytes

    @property
    def audio_format(self) -> tuple[int, int, int]:
        """Rate in hertz, bytes a sample, channels."""
        with wave.open(io.BytesIO(self.wav)) as file:
            return file.getframerate(), file.getsampwidth(), file.getnchannels()

    @property
    def milliseconds(self) -> int:
        """How long the audio is."""
        with wave.open(io.BytesIO(self.wav)) as file:
            return int(file.getnframes() * 1000 // file.getframerate())


class OpenAIServer(HttpServer):
    """The three endpoints, on `behaviour`. `gate` holds streams after their first piece."""

    def __init__(self, behaviour: Behaviour | None = None, *, port: int = 0) -> None:
        super().__init__(self._route, port=port)
        self.behaviour = behaviour or Behaviour()
        self.gate = Gate()
        self._counts = {"stt": 0, "llm": 0, "tts": 0}

    @property
    def url(self) -> str:
        """The base URL for the SDK."""
        return f"{self.origin}/v1"

    def asked(self, part: str) -> list[Request]:
        """The requests to "stt", "llm" or "tts", in order."""
        return [request for request in self.requests if PATHS.get(request.path) == part]

    async def _route(self, request: Request, answer: Answer) -> None:
        if request.path.startswith("/fake/"):
            await self._control(request, answer)
            return
        part = PATHS.get(request.path)
        if part is None or request.method != "POST":
            await answer.send_json(_error("no such endpoint", "not_found"), 404)
            return
        self._counts[part] += 1
        if await self._answer_oddly(part, request, answer):
            return
        fault = self.behaviour.faults.get(part, "")
        if fault == "hang":
            await request.hung_up.wait()
        elif fault.isdigit():
            await answer.send_json(_error(f"scripted {fault}", "scripted_fault"), int(fault))
        else:
            handler = {"stt": self._transcribe, "llm": self._complete, "tts": self._speak}[part]
            await handler(request, answer, fault)

    async def _answer_oddly(self, part: str, request: Request, answer: Answer) -> bool:
        """Whether an odd answer was due, and was given. KeyError for a name that is none."""
        number = self._counts[part]
        name = self.behaviour.odd_name(part, number) or _odd_model(part, request)
        if not name or not (odd := ODD[part][name]).applies(request):
            return False
        text = request.json["input"] if part == "tts" else self._text(part)
        await odd.give(Asked(request, answer, self.behaviour, number, text))
        return True

    def _text(self, part: str) -> str:
        """What is said to the latest request for words."""
        number, behaviour = self._counts[part], self.behaviour
        texts = behaviour.transcripts if part == "stt" else behaviour.replies
        if number <= len(texts):
            return texts[number - 1]
        return f"caller utterance {number}" if part == "stt" else DEFAULT_REPLY

    async def _transcribe(self, request: Request, answer: Answer, fault: str) -> None:
        transcription = read_transcription(request)
        if transcription.audio_format != (16_000, 2, 1) or not transcription.fields.get("model"):
            await answer.send_json(_error("expected 16 kHz 16-bit mono", "bad_audio"), 400)
            return
        await pause(self.behaviour.stt_ms)
        text = self._text("stt")
        if fault == "cut":
            await answer.begin("application/json")
            await answer.send(b'{"te')
            raise BreakOff
        heard = {"text": "" if fault == "empty" else text}
        number = len(self.asked("stt"))
        if number <= len(self.behaviour.languages) and "language" not in transcription.fields:
            heard["language"] = self.behaviour.languages[number - 1]
        await answer.send_json(heard)

    async def _complete(self, request: Request, answer: Answer, fault: str) -> None:
        asked = request.json
        text = self._text("llm")
        tokens = [] if fault == "empty" else split_tokens(text)
        await answer.begin("text/event-stream")
        await pause(self.behaviour.llm_ms)
        for index, token in enumerate(tokens):
            if index:
                await pause(self.behaviour.token_ms)
            await answer.send(_chunk(asked, {"content": token}))
            if index == 0:
                await self._after_first_piece(fault)
        await answer.send(_chunk(asked, {}, finish="stop"))
        if self.behaviour.has_usage and asked.get("stream_options", {}).get("include_usage"):
            usage: dict[str, Any] = {
                "prompt_tokens": len(asked["messages"]) * 10,
                "total_tokens": 0,
            }
            usage["completion_tokens"] = len(tokens)
            await answer.send(_chunk(asked, None, usage=usage))
        await answer.send(b"data: [DONE]\n\n")

    async def _speak(self, request: Request, answer: Answer, fault: str) -> None:
        asked = request.json
        milliseconds = len(asked["input"]) * self.behaviour.ms_per_character
        kind = asked["response_format"]
        sound, content_type = audio.in_format(kind, milliseconds)
        await answer.begin(content_type)
        await pause(self.behaviour.tts_ms)
        if fault == "empty":
            return
        for index, piece in enumerate(audio.pieces(sound, CHUNK_BYTES.get(kind, 9600))):
            if index:
                await pause(self.behaviour.tts_chunk_ms)
            await answer.send(piece)
            if index == 0:
                await self._after_first_piece(fault)

    async def _after_first_piece(self, fault: str) -> None:
        if fault == "cut":
            raise BreakOff
        await self.gate.passed()

    async def _control(self, request: Request, answer: Answer) -> None:
        name = PurePosixPath(request.path).name
        if name == "behaviour" and request.method == "POST":
            self.behaviour.update(request.json)
        if name == "behaviour":
            await answer.send_json(self.behaviour.as_dict())
        elif name == "requests":
            await answer.send_json([self._listed(item) for item in self.requests])
        else:
            await answer.send_json(_error("no such control", "not_found"), 404)

    def _listed(self, request: Request) -> dict[str, object]:
        part = PATHS.get(request.path, "")
        body: object = None
        if part == "stt":
            transcription = read_transcription(request)
            body = {**transcription.fields, "milliseconds": transcription.milliseconds}
        elif part:
            body = request.json
        return {
            "part": part,
            "body": body,
            "is_answered": request.is_answered,
            "hung_up": request.hung_up.is_set(),
        }


def _odd_model(part: str, request: Request) -> str:
    """The odd answer that the model is named after, "odd:NAME"; "" for any other model.

    So one server answers many agents at once, each in its own way.
    """
    if part == "stt":
        model = read_transcription(request).fields.get("model", "")
    else:
        model = request.json.get("model", "")
    return model.removeprefix(ODD_MODEL) if model.startswith(ODD_MODEL) else ""


def read_transcription(request: Request) -> Transcription:
    """The multipart form of a transcription request."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    form: dict[str, bytes] = {}
    for part in parser.parsebytes(head + request.body).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content: Any = part.get_payload(decode=True)
        form[name] = content
    wav = form.pop("file")
    return Transcription({name: value.decode() for name, value in form.items()}, wav)


def _chunk(
    asked: dict[str, Any],
    delta: dict[str, Any] | None,
    *,
    finish: str | None = None,
    usage: dict[str, Any] | None = None,
) -> bytes:
    """One server-sent event of a streamed completion; a None delta has no choice."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    event = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": asked["model"],
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _error(message: str, code: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "fake", "code": code, "param": None}}


if __name__ == "__main__":
    serve_from_command_line(OpenAIServer)
