"""Twilio's error codes about webhooks and media streams, with explanations and remedies.

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


_OURS: Final = _("This is our error. Send support the Call SID.")
_PROXY: Final = _("Check that the proxy in front of Voicex allows WebSockets.")

ERROR_CODES: Final = (
    ErrorCode(
        11200,
        _("The webhook couldn’t be reached or returned an HTTP error."),
        _(
            "For 403, copy the URL again: its key is wrong or revoked. For 405, set the method to "
            "HTTP POST. For 502, 503 or a timeout, check that the server is running and reachable."
        ),
    ),
    ErrorCode(
        11205,
        _("The connection to the webhook failed."),
        _("Run the setup doctor to check that the public URL is reachable."),
    ),
    ErrorCode(
        11210,
        _("The host name in the webhook URL can’t be found."),
        _("Check that the URL in Twilio is exactly the one shown here."),
    ),
    ErrorCode(
        11220,
        _("The TLS connection to the webhook failed."),
        _("Renew the certificate and serve its whole chain."),
    ),
    ErrorCode(11750, _("The TwiML is larger than 64 kB."), _OURS),
    ErrorCode(
        12100,
        _("The response is not well-formed XML."),
        _("A different server may be responding. Open the URL’s host in a browser."),
    ),
    ErrorCode(12102, _("The root element of the TwiML is not <Response>."), _OURS),
    ErrorCode(12200, _("The TwiML has an element or attribute Twilio doesn’t recognize."), _OURS),
    ErrorCode(
        12300,
        _("Twilio doesn’t accept the content type of the response as TwiML."),
        _("A different server may be responding. Open the URL’s host in a browser."),
    ),
    ErrorCode(
        20003,
        _("Twilio rejected the Account SID and auth token."),
        _("Add the account’s own auth token under Credentials."),
    ),
    ErrorCode(20404, _("Twilio couldn’t find this number or account."), _("Reload the list.")),
    ErrorCode(
        20429, _("Too many requests to Twilio."), _("Nothing was changed. Try again in a minute.")
    ),
    ErrorCode(
        21264, _("The phone number doesn’t belong to this account."), _("Check your subaccounts.")
    ),
    ErrorCode(13212, _("Twilio can’t carry out the transfer as it was asked to."), _OURS),
    ErrorCode(
        13214,
        _("Twilio refused to put a caller through, because no number of yours was shown."),
        _(
            "Callers from SIP or an app have no number to show. Enter one of your Twilio numbers "
            "under Call limits."
        ),
    ),
    ErrorCode(13223, _("Twilio can’t carry out the transfer as it was asked to."), _OURS),
    ErrorCode(
        13224,
        _("Twilio can’t call the number of a transfer."),
        _("Correct the number under “Transfer calls to” in the agent’s settings."),
    ),
    ErrorCode(
        13227,
        _("Your Twilio account may not call the country of a transfer’s number."),
        _("Allow the country in the Twilio Console under Voice geographic permissions."),
    ),
    ErrorCode(31901, _("The media socket didn’t respond in time."), _PROXY),
    ErrorCode(
        31902,
        _("The media socket’s server refused the connection."),
        _("Check that the server at MEDIA_APP_URL is running and its port is open."),
    ),
    ErrorCode(
        31910,
        _("The TLS connection to the media socket failed."),
        _("Renew the certificate and serve its whole chain."),
    ),
    ErrorCode(31920, _("The media socket’s server didn’t accept the WebSocket upgrade."), _PROXY),
    ErrorCode(
        31921,
        _("The media socket closed unexpectedly."),
        _(
            "Check whether the server or the proxy restarted during the call, or whether the proxy "
            "closes idle sockets."
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
        _("The server read too slowly, so some of the caller’s audio was lost."),
        _("The server doesn’t have enough CPU. Add processes or allow fewer calls at once."),
    ),
    ErrorCode(
        31931,
        _("More than ten minutes of the agent’s audio were queued, so some was dropped."),
        _OURS,
    ),
    ErrorCode(31941, _("The track isn’t valid for a bidirectional stream."), _OURS),
    ErrorCode(31950, _("A message couldn’t be decoded."), _OURS),
    ErrorCode(31951, _("A message doesn’t have exactly the fields Twilio expects."), _OURS),
)


def find_codes(text: str) -> list[ErrorCode]:
    """The codes that begin with the digits of `text`, or else whose words hold it; all for ""."""
    wanted = text.strip().casefold()
    if wanted.isdecimal():
        return [each for each in ERROR_CODES if str(each.code).startswith(wanted)]
    return [each for each in ERROR_CODES if wanted in f"{each.happened} {each.remedy}".casefold()]
