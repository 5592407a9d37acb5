"""Error codes of Twilio's debugger, and the exception for them."""

from typing import Final

from voicex.errors import ProtocolError

# From Twilio's error dictionary (https://www.twilio.com/docs/api/errors).
MEANINGS: Final = {
    11200: "the webhook could not be fetched, or answered with an HTTP error",
    11750: "the TwiML is larger than 64 kB",
    12100: "the TwiML is not well-formed XML",
    12102: "the root element of the TwiML is not <Response>",
    12200: "the TwiML has an element or attribute that Twilio does not know",
    12300: "the content type of the answer is not one that Twilio reads as TwiML",
    13212: "the timeout of <Dial> is not one that it takes",
    13214: "the callerId of <Dial> is not a telephone number",
    13223: "the number that <Dial> is to call is not a telephone number",
    31901: "the media socket did not answer in time",
    31902: "the media socket's server refused the connection",
    31910: "TLS with the media socket's server failed",
    31920: "the media socket's server did not accept the upgrade",
    31921: "the media socket was not closed in order",
    31922: "the scheme of the Stream URL is not wss",
    31923: "the Stream URL is malformed",
    31924: "the media socket broke the WebSocket protocol",
    31930: "the server read too slowly, so caller audio was thrown away",
    31931: "more than ten minutes of audio were waiting, so audio was thrown away",
    31941: "the track is not one that a bidirectional stream has",
    31950: "a message could not be decoded (binary frames are not allowed)",
    31951: "a message does not have exactly the fields that Twilio expects",
}


class CarrierError(ProtocolError):
    """The server did what Twilio would report under an error code.

    `code` is Twilio's; `words` say what was wrong this time.
    """

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"Twilio {code}: {words}")
        self.code = code
        self.words = words
