"""What the phone sends is what Twilio sends; what it accepts is what Twilio accepts."""

import json

import pytest

from telephony.simulator import wire
from telephony.simulator.codes import CarrierError

SID = "MZ" + "0" * 32


@pytest.fixture
def outbox() -> wire.MessageWriter:
    return wire.MessageWriter(stream_sid=SID, call_sid="CA1", account_sid="AC1")


def test_connected_has_neither_sequence_nor_stream() -> None:
    assert json.loads(wire.CONNECTED) == {
        "event": "connected",
        "protocol": "Call",
        "version": "1.0.0",
    }


def test_a_stream_in_twilios_words(outbox: wire.MessageWriter) -> None:
    messages = [
        outbox.start({"ticket": "t"}),
        outbox.media("QUJD"),
        outbox.dtmf("5"),
        outbox.mark("r1:400"),
        outbox.media("QUJD"),
        outbox.stop(),
    ]

    assert [json.loads(text) for text in messages] == [
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC1",
                "streamSid": SID,
                "callSid": "CA1",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"ticket": "t"},
            },
            "streamSid": SID,
        },
        {
            "event": "media",
            "sequenceNumber": "2",
            "media": {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": "QUJD"},
            "streamSid": SID,
        },
        {
            "event": "dtmf",
            "sequenceNumber": "3",
            "dtmf": {"track": "inbound_track", "digit": "5"},
            "streamSid": SID,
        },
        {"event": "mark", "sequenceNumber": "4", "mark": {"name": "r1:400"}, "streamSid": SID},
        {
            "event": "media",
            "sequenceNumber": "5",
            "media": {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": "QUJD"},
            "streamSid": SID,
        },
        {
            "event": "stop",
            "sequenceNumber": "6",
            "stop": {"accountSid": "AC1", "callSid": "CA1"},
            "streamSid": SID,
        },
    ]


def test_lost_audio_leaves_a_gap_in_the_numbers(outbox: wire.MessageWriter) -> None:
    outbox.media("QUJD")
    outbox.lose_media()

    message = json.loads(outbox.media("QUJD"))
    assert message["sequenceNumber"] == "3"
    assert message["media"]["timestamp"] == "60"


def test_the_three_messages_of_a_server_are_read() -> None:
    media = {"event": "media", "streamSid": SID, "media": {"payload": "QUJD"}}
    mark = {"event": "mark", "streamSid": SID, "mark": {"name": "m"}}
    clear = {"event": "clear", "streamSid": SID}

    assert wire.read(json.dumps(media), stream_sid=SID) == wire.Media(b"ABC")
    assert wire.read(json.dumps(mark), stream_sid=SID) == wire.Mark("m")
    assert wire.read(json.dumps(clear), stream_sid=SID) == wire.Clear()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x00\x01", 31950),
        ("hello", 31950),
        ("[1]", 31951),
        ('{"event": ["media"]}', 31951),
        ({"event": "stop", "streamSid": SID}, 31951),
        ({"streamSid": SID, "media": {"payload": "QUJD"}}, 31951),
        ({"event": "clear"}, 31951),
        ({"event": "clear", "streamSid": SID, "clear": {}}, 31951),
        ({"event": "clear", "streamSid": "MZother"}, 31951),
        ({"event": "media", "streamSid": SID}, 31951),
        ({"event": "media", "streamSid": SID, "media": "QUJD"}, 31951),
        ({"event": "media", "streamSid": SID, "media": {"payload": ""}}, 31951),
        ({"event": "media", "streamSid": SID, "media": {"payload": "QUJ"}}, 31951),
        ({"event": "media", "streamSid": SID, "media": {"payload": "QU\nJD"}}, 31951),
        ({"event": "media", "streamSid": SID, "media": {"payload": "é"}}, 31951),
        ({"event": "media", "streamSid": SID, "media": {"payload": "QUJD", "track": "x"}}, 31951),
        ({"event": "mark", "streamSid": SID, "mark": {"name": 7}}, 31951),
        ({"event": "mark", "streamSid": SID, "mark": {}}, 31951),
        (
            {"event": "mark", "sequenceNumber": "1", "streamSid": SID, "mark": {"name": "m"}},
            31951,
        ),
    ],
)
def test_whatever_twilio_warns_about_has_its_code(message: object, code: int) -> None:
    text = json.dumps(message) if isinstance(message, dict) else message

    with pytest.raises(CarrierError) as caught:
        wire.read(text, stream_sid=SID)  # type: ignore[arg-type]
    assert caught.value.code == code
