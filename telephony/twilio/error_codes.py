"""Twilio's error codes about webhooks and media streams, in words, with what to do.

The codes are those of its error dictionary (https://www.twilio.com/docs/api/errors) that a
number which points at Voicex can meet.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code: what happened, and what to do about it."""

    code: int
    happened: str | Promise
    remedy: str | Promise


_OURS: Final = _("A fault of ours: tell whoever runs this server, with the CallSid.")
_PROXY: Final = _("Look at the proxy in front of Voicex: it has to pass WebSockets on.")

ERROR_CODES: Final = (
    ErrorCode(
        11200,
        _("The webhook could not be fetched, or answered with an HTTP error."),
        _(
            "403: the key in the URL is wrong or revoked; copy the URL again. 405: set the method "
            "to HTTP POST. 502, 503 or a timeout: the server does not run, or cannot be reached."
        ),
    ),
    ErrorCode(
        11205,
        _("The connection to the webhook failed."),
        _("Ask the doctor whether the public URL can be reached from outside."),
    ),
    ErrorCode(
        11210,
        _("The host name in the webhook URL is not known."),
        _("Compare the URL at Twilio, letter by letter, with the one that is shown here."),
    ),
    ErrorCode(
        11220,
        _("TLS with the webhook’s server failed."),
        _("Renew the certificate, and serve its whole chain."),
    ),
    ErrorCode(11750, _("The TwiML is larger than 64 kB."), _OURS),
    ErrorCode(
        12100,
        _("The answer is not well-formed XML."),
        _("Something else answers in our place: open the URL’s host in a browser."),
    ),
    ErrorCode(12102, _("The root element of the TwiML is not <Response>."), _OURS),
    ErrorCode(12200, _("The TwiML has an element or attribute that Twilio does not know."), _OURS),
    ErrorCode(
        12300,
        _("The content type of the answer is not one that Twilio reads as TwiML."),
        _("Something else answers in our place: open the URL’s host in a browser."),
    ),
    ErrorCode(
        20003,
        _("Twilio did not accept the AccountSid and auth token."),
        _("Store the account’s own auth token under Credentials."),
    ),
    ErrorCode(20404, _("Twilio knows no such number or account."), _("Load the list again.")),
    ErrorCode(
        20429, _("Twilio was asked too often."), _("Wait a minute; nothing was changed meanwhile.")
    ),
    ErrorCode(
        21264, _("The phone number is not one of this account."), _("Look into the subaccounts.")
    ),
    ErrorCode(31901, _("The media socket did not answer in time."), _PROXY),
    ErrorCode(
        31902,
        _("The media socket’s server refused the connection."),
        _("Does MEDIA_APP_URL name a server that runs, and a port that is open?"),
    ),
    ErrorCode(
        31910,
        _("TLS with the media socket’s server failed."),
        _("Renew the certificate, and serve its whole chain."),
    ),
    ErrorCode(31920, _("The media socket’s server did not accept the upgrade."), _PROXY),
    ErrorCode(
        31921,
        _("The media socket was not closed in order."),
        _(
            "Did the server or the proxy restart during the call? Does the proxy close idle "
            "sockets?"
        ),
    ),
    ErrorCode(
        31922,
        _("The scheme of the Stream URL is not wss."),
        _("TWILIO_APP_URL and MEDIA_APP_URL must begin with https://."),
    ),
    ErrorCode(31923, _("The Stream URL is malformed."), _("Correct MEDIA_APP_URL.")),
    ErrorCode(31924, _("The media socket broke the WebSocket protocol."), _PROXY),
    ErrorCode(
        31930,
        _("The server read too slowly, so words of the caller were lost."),
        _("The server has too little CPU for its calls: more processes, or fewer calls at once."),
    ),
    ErrorCode(
        31931,
        _("More than ten minutes of the agent’s voice were waiting, so some was thrown away."),
        _OURS,
    ),
    ErrorCode(31941, _("The track is not one that a bidirectional stream has."), _OURS),
    ErrorCode(31950, _("A message could not be decoded."), _OURS),
    ErrorCode(31951, _("A message does not have exactly the fields that Twilio expects."), _OURS),
)


def find_codes(text: str) -> list[ErrorCode]:
    """The codes that begin with the digits of `text`, or else whose words hold it; all for ""."""
    wanted = text.strip().casefold()
    if wanted.isdecimal():
        return [each for each in ERROR_CODES if str(each.code).startswith(wanted)]
    return [each for each in ERROR_CODES if wanted in f"{each.happened} {each.remedy}".casefold()]
