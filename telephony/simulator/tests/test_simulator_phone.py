"""The simulated phone against a tiny server: what Twilio does, and what it complains about."""

import asyncio
import contextlib
import json
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from telephony.simulator.caller import Caller, CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Faults, Outcome
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import utterance
from telephony.spoken.music import SECONDS, waiting_music
from telephony.twilio import signatures
from testing.twilio.carrier_server import CarrierServer, Handler, Talk, silence, tone
from testing.virtual_time import VirtualTime

HELLO = utterance("hello", silence(40) + tone(300) + silence(100))
ANSWER_MS = 120


def about(ms: float) -> Any:
    """Equal to `ms`, give or take the two frames that may be on their way."""
    return pytest.approx(ms, abs=40)


@pytest.fixture(autouse=True)
async def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    VirtualTime(monkeypatch)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    async with contextlib.AsyncExitStack() as exits:

        async def start(handler: Handler | None = None) -> CarrierServer:
            return await exits.enter_async_context(CarrierServer(handler))

        yield start


async def call(server: CarrierServer, **plan: Any) -> CallResult:
    defaults: dict[str, Any] = {
        "webhook": f"{server.url}/voice?api_key=vx_1",
        "status_callback": f"{server.url}/status",
        "say_in_real_time": False,
        "max_seconds": 60.0,
    }
    return await place_call(CallPlan(**defaults | plan))


async def polite_agent(talk: Talk) -> None:
    """Greets, answers 120 ms after the caller fell silent, and stays until `stop`."""
    await talk.say(tone(200), mark="greeting")
    await talk.hear_silence(frames=1)
    await asyncio.sleep(ANSWER_MS / 1000 - 0.02)
    await talk.say(tone(300), mark="answer")
    with contextlib.suppress(ConnectionClosed):
        await talk.hear_until("stop")


async def test_a_whole_call_from_ringing_to_completed(serve: Any, tmp_path: Path) -> None:
    server = await serve(polite_agent)

    result = await call(
        server, utterances=(HELLO,), auth_token="secret", record=tmp_path / "call.wav"
    )

    assert result.errors == []
    assert result.outcome is Outcome.CONNECTED
    assert result.ok
    measured = result.measurements
    assert measured.greeting_ms == about(0)
    assert measured.voice_to_voice_ms == [about(ANSWER_MS)]
    assert (measured.marks_received, measured.marks_returned) == (2, 2)
    assert measured.gaps_ms == []

    (ringing,) = server.posts("/voice")
    assert ringing["CallStatus"] == "ringing"
    assert ringing["Direction"] == "inbound"
    start = server.sockets[0].start
    assert start["start"]["callSid"] == ringing["CallSid"] == result.call_sid
    assert start["start"]["customParameters"] == {"ticket": "t1"}
    events = [fields["StreamEvent"] for fields in server.posts("/stream-status")]
    assert events == ["stream-started", "stream-stopped"]
    assert [fields["CallStatus"] for fields in server.posts("/after")] == ["completed"]
    (ended,) = server.posts("/status")
    assert ended["CallStatus"] == "completed"
    for request in server.requests:
        url = server.url + request.target
        expected = signatures.sign("secret", url, request.fields)
        assert request.headers["x-twilio-signature"] == expected
        assert request.headers["i-twilio-idempotency-token"]

    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    loud_ms = (np.abs(frames) > 3000).sum(axis=0) / 8 / (2 / 3)  # a sine is that often so loud
    assert loud_ms[0] == pytest.approx(300, abs=60)
    assert loud_ms[1] == pytest.approx(500, abs=60)


async def test_frames_are_twenty_milliseconds_apart_and_numbered_without_a_gap(serve: Any) -> None:
    heard: list[dict[str, Any]] = []

    async def listen(talk: Talk) -> None:
        for _ in range(50):
            heard.append(await talk.hear())  # noqa: PERF401  (kept when it fails half-way)
        await talk.socket.close()

    result = await call(await serve(listen))

    assert [message["sequenceNumber"] for message in heard] == [str(n) for n in range(2, 52)]
    assert [message["media"]["timestamp"] for message in heard] == [
        str(20 * n) for n in range(1, 51)
    ]
    log = result.streams[0]
    assert log.ended_ms - log.started_ms == about(1000)


async def test_the_caller_interrupts_and_measures_how_long_the_agent_kept_talking(
    serve: Any,
) -> None:
    async def stubborn(talk: Talk) -> None:
        await talk.say(tone(3000), mark="greeting")
        await talk.hear_voice()
        await asyncio.sleep(0.1)
        await talk.clear()
        (*_, mark) = await talk.hear_until("mark")
        assert mark["mark"]["name"] == "greeting"
        await talk.hear_silence(frames=10)
        await talk.say(tone(200))
        await talk.hear_until("stop")

    long_hello = utterance("hello", tone(400))
    result = await call(
        await serve(stubborn),
        utterances=(long_hello,),
        manner=CallerBehaviour(barge_in_after_ms=300),
    )

    assert result.errors == []
    (barge_in,) = result.measurements.barge_ins
    assert barge_in.clear_ms == about(100)
    assert not barge_in.is_loud_after
    assert result.measurements.gaps_ms == []


async def test_the_line_may_change_what_the_caller_says_and_another_caller_may_speak(
    serve: Any, tmp_path: Path
) -> None:
    server = await serve(polite_agent)
    began: list[float] = []
    played: list[bool] = []

    def caller(now_ms: float) -> Caller:
        began.append(now_ms)
        return Caller((HELLO,), now_ms=now_ms)

    def loud(frame: bytes, playout: Playout, now_ms: float) -> bytes:
        played.append(playout.is_playing(now_ms))
        return tone(20)

    record = tmp_path / "call.wav"
    result = await call(server, make_caller=caller, effect=loud, record=record)

    [log] = result.streams
    assert [said.text for said in log.said] == ["hello"]
    assert began == [log.started_ms]
    assert bytes(log.caller_audio) == tone(20) * log.frames_sent
    assert {True, False} == set(played)


async def test_late_audio_of_the_old_reply_is_caught(serve: Any) -> None:
    async def leaky(talk: Talk) -> None:
        await talk.say(tone(3000))
        await talk.hear_voice()
        await talk.clear()
        await talk.say(tone(40))
        await talk.hear_until("stop")

    result = await call(
        await serve(leaky),
        utterances=(utterance("hello", tone(400)),),
        manner=CallerBehaviour(barge_in_after_ms=100, drop_after_ms=1500),
    )

    assert result.measurements.barge_ins[0].is_loud_after


async def test_a_stall_inside_a_reply_is_a_gap(serve: Any) -> None:
    async def choppy(talk: Talk) -> None:
        await talk.say(tone(200))
        await asyncio.sleep(0.4)
        await talk.say(tone(200))
        await talk.hear_until("stop")

    result = await call(await serve(choppy))

    assert result.measurements.gaps_ms == [about(200)]


async def test_a_line_that_breaks_says_neither_stop_nor_goodbye(serve: Any) -> None:
    heard: list[str] = []

    async def listen(talk: Talk) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                heard.append((await talk.hear())["event"])

    server = await serve(listen)
    result = await call(server, manner=CallerBehaviour(drop_after_ms=200))

    assert result.errors == []
    assert "stop" not in heard
    assert result.streams[0].ended_by == "line lost"
    assert server.posts("/after") == []
    assert [fields["CallStatus"] for fields in server.posts("/status")] == ["completed"]


async def test_keys_arrive_as_dtmf(serve: Any) -> None:
    digits: list[str] = []

    async def keypad(talk: Talk) -> None:
        await talk.say(tone(100))
        for _ in range(2):
            (*_, key) = await talk.hear_until("dtmf")
            digits.append(key["dtmf"]["digit"])
        await talk.say(tone(100))
        await talk.hear_until("stop")

    result = await call(await serve(keypad), digits="4#")

    assert result.ok
    assert digits == ["4", "#"]


async def test_the_action_brings_the_call_back_on_a_new_stream(serve: Any) -> None:
    async def once(talk: Talk) -> None:
        if len(server.sockets) == 1:
            await talk.say(tone(100))
            await talk.hear_silence()
            server.documents["/after"] = server.connect_twiml(action="/gone")
            await talk.socket.close()
        else:
            server.documents["/gone"] = "<Response/>"
            await talk.say(tone(200))
            await talk.hear_until("stop")

    server = await serve(once)
    server.max_sockets = 2
    result = await call(server, utterances=(HELLO,))

    assert result.errors == []
    assert result.verbs == ["Connect", "Connect"]
    first, second = result.streams
    assert first.stream_sid != second.stream_sid
    assert [said.text for said in second.said] == []  # it was said on the first one
    assert server.posts("/after")[0]["CallStatus"] == "in-progress"


async def test_nothing_of_the_call_waits_for_the_answer_to_a_report(serve: Any) -> None:
    """Twilio reports the end of a stream, and asks what follows, each by itself."""

    async def once(talk: Talk) -> None:
        server.documents["/after"] = "<Response><Hangup/></Response>"
        await talk.say(tone(100))
        await talk.socket.close()

    server = await serve(once)
    server.seconds["/stream-status"] = 1.0
    clock = asyncio.get_running_loop().time
    began = clock()
    result = await call(server)

    assert result.errors == []
    assert result.seconds < 1.0 <= clock() - began  # every report is delivered all the same
    events = [fields["StreamEvent"] for fields in server.posts("/stream-status")]
    assert events == ["stream-started", "stream-stopped"]


@pytest.mark.parametrize("is_reordered", [False, True])
async def test_callbacks_come_twice_and_in_any_order(serve: Any, is_reordered: bool) -> None:
    server = await serve(polite_agent)

    result = await call(
        server,
        utterances=(HELLO,),
        faults=Faults(repeat_callbacks=True, reorder_callbacks=is_reordered),
    )

    assert result.errors == []
    names = [
        r.fields.get("StreamEvent") or f"{r.target} {r.fields['CallStatus']}"
        for r in server.requests[1:]
    ]
    in_order = ["stream-started", "stream-stopped", "/after completed", "/status completed"]
    if is_reordered:
        assert names == [name for name in reversed(in_order) for _ in range(2)]
        return
    started, both, status = names[:2], names[2:6], names[6:]
    assert (started, status) == (["stream-started"] * 2, ["/status completed"] * 2)
    assert sorted(both) == ["/after completed"] * 2 + ["stream-stopped"] * 2  # beside each other


async def test_a_second_socket_with_the_same_ticket_is_closed(serve: Any) -> None:
    result = await call(
        await serve(polite_agent), utterances=(HELLO,), faults=Faults(connect_twice=True)
    )

    assert result.errors == []
    assert result.second_socket_code == 1008


async def test_a_server_that_serves_two_sockets_is_found_out(serve: Any) -> None:
    server = await serve(polite_agent)
    server.max_sockets = 2

    result = await call(server, utterances=(HELLO,), faults=Faults(connect_twice=True))

    assert [p.words for p in result.errors] == ["a second socket with the same ticket was served"]


async def test_an_agent_that_says_nothing_is_reported(serve: Any) -> None:
    async def silent(talk: Talk) -> None:
        await talk.say(tone(100))
        await talk.hear_until("stop")

    result = await call(await serve(silent), utterances=(HELLO,))

    assert [(p.code, p.words) for p in result.errors] == [
        (None, "the agent did not answer 'hello'")
    ]
    assert result.measurements.voice_to_voice_ms == [None]


async def test_a_goodbye_that_is_cut_off_is_measured(serve: Any) -> None:
    async def hasty(talk: Talk) -> None:
        await talk.say(tone(1000))
        await asyncio.sleep(0.3)
        await talk.socket.close()

    result = await call(await serve(hasty))

    assert result.ok
    assert result.measurements.unheard_ms == about(700)


# --- what Twilio would complain about ---------------------------------------------------------


async def violation(serve: Any, message: str | bytes) -> CallResult:
    async def rude(talk: Talk) -> None:
        await talk.socket.send(
            message.replace("SID", talk.sid) if isinstance(message, str) else message
        )
        await talk.say(tone(100))
        await talk.hear_until("stop")

    return await call(await serve(rude))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x00" * 160, 31950),
        ("not json", 31950),
        (json.dumps({"event": "media", "streamSid": "MZ0", "media": {"payload": "QQ=="}}), 31951),
        ('{"event":"clear","streamSid":"SID","reason":"barge-in"}', 31951),
        ('{"event":"mark","streamSid":"SID","mark":{}}', 31951),
    ],
)
async def test_a_message_that_twilio_warns_about_fails_the_call(
    serve: Any, message: str | bytes, code: int
) -> None:
    result = await violation(serve, message)

    assert [problem.code for problem in result.errors] == [code]
    assert not result.ok
    # Twilio warns and continues: what came after it was played.
    assert result.measurements.greeting_ms is not None


async def test_ten_minutes_of_audio_at_once_is_too_much(serve: Any) -> None:
    async def flood(talk: Talk) -> None:
        for _ in range(11):
            await talk.say(bytes([255]) * (60 * 8000))
        await talk.socket.close()

    result = await call(await serve(flood))

    assert [problem.code for problem in result.errors] == [31931]


async def test_a_server_that_closes_in_anger(serve: Any) -> None:
    async def angry(talk: Talk) -> None:
        await talk.socket.close(1011, "oops")

    server = await serve(angry)
    result = await call(server)

    assert [(p.code, p.words) for p in result.errors] == [
        (31921, "the server closed the media socket with code 1011 (oops)")
    ]
    assert [f["CallStatus"] for f in server.posts("/after")] == ["in-progress"]


@pytest.mark.parametrize(
    ("stream_url", "code"),
    [("ws://127.0.0.1:1/stream", 31902), ("{http}/stream", 31920)],
)
async def test_a_stream_that_does_not_open_is_reported_to_its_callback(
    serve: Any, stream_url: str, code: int
) -> None:
    server = await serve(None)
    stream_url = stream_url.replace("{http}", server.media_url.replace("/stream", ""))
    if code == 31920:
        server.refuse_upgrade = True
    server.documents["/voice"] = server.connect_twiml(stream_url=stream_url)

    result = await call(server)

    assert [problem.code for problem in result.errors] == [code]
    assert result.outcome is Outcome.FAILED
    (fields,) = server.posts("/stream-status")
    assert fields["StreamEvent"] == "stream-error"
    assert fields["StreamError"].startswith(str(code))
    assert len(server.posts("/after")) == 1


@pytest.mark.parametrize(
    ("document", "outcome", "code"),
    [
        (403, Outcome.REFUSED, 11200),
        (500, Outcome.REFUSED, 11200),
        ("<Response", Outcome.FAILED, 12100),
        ("<Response><Record/></Response>", Outcome.DECLINED, 12200),
        (
            "<Response><Gather numDigits='1'/></Response>",
            Outcome.DECLINED,
            12200,
        ),
        ("<Response><Redirect>/voice</Redirect></Response>", Outcome.DECLINED, 12200),
    ],
)
async def test_a_webhook_that_twilio_cannot_use(
    serve: Any, document: str | int, outcome: Outcome, code: int
) -> None:
    server = await serve(None)
    server.documents["/voice"] = document

    result = await call(server)

    assert result.outcome is outcome
    assert [problem.code for problem in result.errors] == [code]
    assert "vx_1" not in result.errors[0].words


async def test_an_answer_that_is_no_twiml(serve: Any) -> None:
    server = await serve(None)
    server.content_type = "application/json"

    assert [problem.code for problem in (await call(server)).errors] == [12300]


async def test_a_server_that_is_not_there() -> None:
    result = await place_call(CallPlan(webhook="http://127.0.0.1:1/voice"))

    assert [problem.code for problem in result.errors] == [11200]
    assert result.outcome is Outcome.FAILED


async def test_a_declined_call_says_why(serve: Any) -> None:
    server = await serve(None)
    server.documents["/voice"] = "<Response><Say>We are closed.</Say><Hangup/></Response>"

    result = await call(server)

    assert result.outcome is Outcome.DECLINED
    assert not result.ok
    assert 'the carrier says: "We are closed."' in [event.words for event in result.timeline]
    assert [fields["CallStatus"] for fields in server.posts("/status")] == ["completed"]


async def test_a_call_that_never_ends_is_ended(serve: Any) -> None:
    async def chatter(talk: Talk) -> None:
        await talk.say(tone(60_000))
        await talk.hear_until("stop")

    result = await call(await serve(chatter), max_seconds=0.5)

    assert [problem.words for problem in result.errors] == [
        "the call was still going on after 0.5 s"
    ]
    assert result.measurements.agent_spoke_ms == about(500)


async def test_a_rejected_call_is_busy(serve: Any) -> None:
    server = await serve(None)
    server.documents["/voice"] = '<Response><Reject reason="busy"/></Response>'

    result = await call(server)

    assert (result.status, result.outcome) == ("busy", Outcome.DECLINED)


async def test_a_caller_in_line_hears_music_until_a_line_is_free(serve: Any) -> None:
    server = await serve(polite_agent)
    music = "<Say>Wait.</Say><Play loop='2'>/music.wav</Play>"
    line = f"<Response>{music}<Redirect>{{}}</Redirect></Response>"
    server.documents |= {"/voice": line.format("/more"), "/more": line.format("/free")}
    server.documents["/free"] = server.connect_twiml()
    server.sounds["/music.wav"] = waiting_music()

    result = await call(server, say_in_real_time=True)

    assert (result.outcome, result.errors) == (Outcome.CONNECTED, [])
    heard = [event.at_ms for event in result.timeline if event.what == "carrier_plays"]
    assert len(heard) == 2
    assert heard[1] - heard[0] >= 2 * SECONDS * 1000
