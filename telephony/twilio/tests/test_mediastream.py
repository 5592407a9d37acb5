"""Media Streams on the wire."""

import json
from base64 import b64encode

import pytest

from telephony.session.events import CallerGone, DigitPressed, FrameHeard, MarkPlayed
from telephony.twilio import mediastream
from telephony.twilio.transport import TwilioTransport
from voicex.errors import ProtocolError
from voicex.reasons.ends import EndReason

SID = "MZ" + "0" * 32


def media(payload: bytes, **changes):
    message = {
        "event": "media",
        "sequenceNumber": "4",
        "streamSid": SID,
        "media": {
            "track": "inbound",
            "chunk": "2",
            "timestamp": "20",
            "payload": b64encode(payload).decode(),
        },
    }
    return json.dumps(message | changes)


def start(**details):
    return json.dumps(
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": SID,
            "start": {
                "streamSid": SID,
                "accountSid": "AC1",
                "callSid": "CA1",
                "tracks": ["inbound"],
                "customParameters": {"ticket": "t"},
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            }
            | details,
        }
    )


def test_a_frame_is_its_bytes():
    message = mediastream.decode(media(b"\x00\x7f\xff" * 50))
    assert message.media.payload == b"\x00\x7f\xff" * 50
    assert message.sequence_number == "4"


def test_a_byte_order_mark_is_passed_over():
    assert mediastream.decode("\ufeff" + media(b"\xff")) == mediastream.decode(media(b"\xff"))


def test_start_carries_identity_and_parameters():
    message = mediastream.decode(start())
    mediastream.check_start(message)
    assert message.start.call_sid == "CA1"
    assert message.start.custom_parameters == {"ticket": "t"}


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ('{"event":"connected","protocol":"Call","version":"1.0.0"}', mediastream.Connected),
        (f'{{"event":"mark","streamSid":"{SID}","mark":{{"name":"r1:400"}}}}', mediastream.Mark),
        (
            f'{{"event":"dtmf","streamSid":"{SID}","dtmf":{{"track":"x","digit":"5"}}}}',
            mediastream.Dtmf,
        ),
        (f'{{"event":"stop","streamSid":"{SID}","stop":{{}}}}', mediastream.Stop),
    ],
)
def test_each_event_has_its_type(text, type_):
    assert type(mediastream.decode(text)) is type_


def test_an_unknown_event_is_passed_over():
    assert mediastream.decode('{"event":"surprise","streamSid":"MZ"}') is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        "null",
        "{}",
        '{"event":7}',
        '{"event":"media"}',
        media(b"x", media={"payload": "@@"}),
        media(b"x", media={"payload": 7}),
        '{"event":"media","streamSid":"MZ","media":{"payload":"' + "A" * 70_000 + '"}}',
        '"\ud800"',
    ],
)
def test_anything_else_is_a_protocol_error_in_words(text):
    with pytest.raises(ProtocolError) as caught:
        mediastream.decode(text)
    assert str(caught.value)


@pytest.mark.parametrize(
    "details",
    [
        {"mediaFormat": {"encoding": "audio/l16", "sampleRate": 8000, "channels": 1}},
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}},
    ],
)
def test_a_format_that_we_do_not_speak_is_refused(details):
    with pytest.raises(ProtocolError, match="mediaFormat"):
        mediastream.check_start(mediastream.decode(start(**details)))


def test_a_stream_sid_cannot_carry_json():
    with pytest.raises(ProtocolError, match="streamSid"):
        mediastream.check_start(mediastream.decode(start().replace(SID, 'MZ\\"x')))


def test_our_messages_have_exactly_the_documented_fields():
    encoder = mediastream.Encoder(SID)
    assert json.loads(encoder.media(b"\x00\xff")) == {
        "event": "media",
        "streamSid": SID,
        "media": {"payload": b64encode(b"\x00\xff").decode()},
    }
    assert json.loads(encoder.mark("r1:400")) == {
        "event": "mark",
        "streamSid": SID,
        "mark": {"name": "r1:400"},
    }
    assert json.loads(encoder.clear()) == {"event": "clear", "streamSid": SID}


@pytest.mark.parametrize("number", ['"5"', "5", "null", '"-5"'])
def test_a_sequence_number_may_be_a_text_or_a_number(number):
    text = (
        f'{{"event":"media","streamSid":"{SID}","sequenceNumber":{number},'
        '"media":{"payload":"/w=="}}'
    )
    line = TwilioTransport(SID)
    assert line.read(text) == FrameHeard(b"\xff")
    assert line.lost_frames == 0


def test_a_gap_between_numbers_is_loss_as_between_texts():
    line = TwilioTransport(SID)
    for number in (2, "3", 6):
        line.read(
            f'{{"event":"media","streamSid":"{SID}","sequenceNumber":{json.dumps(number)},'
            '"media":{"payload":"/w=="}}'
        )
    assert line.lost_frames == 2


@pytest.mark.parametrize(
    ("sent", "pressed"),
    [('"5"', "5"), ("5", "5"), ('"a"', "A"), ('" # "', "#"), ('"w"', None), ('"12"', None)],
)
def test_a_key_is_read_as_carriers_write_it(sent, pressed):
    line = TwilioTransport(SID)
    event = line.read(f'{{"event":"dtmf","streamSid":"{SID}","dtmf":{{"digit":{sent}}}}}')
    assert event == (DigitPressed(pressed) if pressed else None)
    assert line.strange_messages == (0 if pressed else 1)


@pytest.mark.parametrize(
    "details",
    [
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": "8000", "channels": "1"}},
        {"mediaFormat": {"encoding": "audio/PCMU", "sampleRate": 8000, "channels": 1}},
        {"mediaFormat": None, "customParameters": {"ticket": "t", "line": 5, "vip": None}},
    ],
)
def test_mu_law_may_be_called_otherwise_and_parameters_may_be_of_any_type(details):
    sent = json.loads(start())
    sent["start"] |= {"customParameters": {"ticket": "t"}} | details
    message = mediastream.decode(json.dumps(sent))
    mediastream.check_start(message)
    assert message.start.ticket == "t"


@pytest.mark.parametrize("parameters", [None, {}, {"ticket": 5}, {"ticket": ["t"]}])
def test_a_ticket_that_is_no_text_is_none(parameters):
    sent = json.loads(start())
    sent["start"]["customParameters"] = parameters
    assert mediastream.decode(json.dumps(sent)).start.ticket == ""


# --- As gateways write it --------------------------------------------------------------------

SOUND = b"\xff\xfe\xfb\xef" * 5
LETTERS = b64encode(SOUND).decode()


def told(event, **fields):
    return json.dumps({"event": event, "streamSid": SID} | fields)


@pytest.mark.parametrize(
    "text",
    [
        told("media", media={"payload": LETTERS.rstrip("=")}),
        told("media", media={"payload": LETTERS.replace("+", "-").replace("/", "_")}),
        told("media", media={"payload": f"{LETTERS[:8]}\r\n{LETTERS[8:]}"}),
        told("media", media={"payload": LETTERS, "track": 1}),
        told("media", media={"payload": LETTERS}, streamSid=None),
        told("media", media={"payload": LETTERS}, streamSid=""),
        told("media", media={"payload": LETTERS}, streamSid=5),
        told("media", media={"payload": LETTERS}, sequenceNumber=3.0),
        told("media", media={"payload": LETTERS}, sequenceNumber={}),
        told("media", media={"payload": LETTERS}, sequenceNumber="many"),
        told("media", media={"payload": LETTERS}, sequenceNumber=1e300),
        f'{{"event":"media","media":{{"payload":"{LETTERS}"}}}}',
    ],
)
def test_sound_is_read_as_gateways_write_it(text):
    line = TwilioTransport(SID)
    assert line.read(text) == FrameHeard(SOUND)
    assert line.lost_frames == line.strange_messages == 0


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (told("mark", mark="r1:400"), MarkPlayed("r1:400")),
        (told("mark", mark={"name": 7}), MarkPlayed("7")),
        (told("mark", mark={"name": "r1:400"}, streamSid=None), MarkPlayed("r1:400")),
        (told("dtmf", dtmf="5"), DigitPressed("5")),
        (told("dtmf", dtmf={"digit": 5.0}), DigitPressed("5")),
        (told("stop", streamSid=None), CallerGone(EndReason.STOP)),
        (told("stop", streamSid=5), CallerGone(EndReason.STOP)),
        (told("stop", sequenceNumber=[]), CallerGone(EndReason.STOP)),
        ('{"event":"stop"}', CallerGone(EndReason.STOP)),
    ],
)
def test_what_happened_is_read_in_another_form(text, event):
    assert TwilioTransport(SID).read(text) == event


@pytest.mark.parametrize(
    "text",
    [
        told("mark"),
        told("mark", mark={}),
        told("mark", mark={"name": None}),
        told("mark", mark={"name": "x" * 100}),
        told("dtmf", dtmf={"digit": None}),
        told("dtmf", dtmf={"digit": "5" * 100}),
        told("dtmf", dtmf={"digit": True}),
        told("stop", streamSid="MZother"),
        told("media", media={"payload": LETTERS}, streamSid="MZother"),
        told("Media", media={"payload": LETTERS}),
        told("connected"),
    ],
)
def test_what_says_nothing_is_passed_over(text):
    line = TwilioTransport(SID)
    assert line.read(text) is None
    assert line.strange_messages == 1
