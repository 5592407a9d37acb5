"""TwiML: exactly the documents that Twilio is known to accept."""

import pytest

from telephony.twilio import twiml

PARTS = {
    "stream_url": "wss://voicex.example/api/twilio/stream",
    "ticket": "81.abc.def",
    "action_url": "https://voicex.example/api/twilio/after/81.x",
    "status_url": "https://voicex.example/api/twilio/stream-status/81.y",
}


def test_connect_opens_the_stream_with_its_ticket():
    assert twiml.connect(**PARTS) == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Connect action="https://voicex.example/api/twilio/after/81.x" method="POST">'
        '<Stream statusCallback="https://voicex.example/api/twilio/stream-status/81.y" '
        'statusCallbackMethod="POST" url="wss://voicex.example/api/twilio/stream">'
        '<Parameter name="ticket" value="81.abc.def" />'
        "</Stream></Connect></Response>"
    )


@pytest.mark.parametrize("part", PARTS)
def test_no_part_can_add_markup(part):
    hostile = PARTS | {part: '"/><Dial>+1900</Dial>&'}
    assert "<Dial>" not in twiml.connect(**hostile)


def test_a_sentence_is_spoken_before_the_call_ends():
    assert twiml.say_and_hang_up("Lines & <ears> are busy.") == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        "<Say>Lines &amp; &lt;ears&gt; are busy.</Say><Hangup /></Response>"
    )


def test_a_call_that_is_done_is_hung_up():
    assert twiml.hang_up() == (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'
    )
