"""The setup doctor's findings as texts: finding and remedy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard import labels
from telephony.doctor.checks import Finding, State
from voicex.reasons.attempts import AttemptReason

Text = str | Promise

STATES: Final[Mapping[State, Text]] = {
    State.GOOD: _("OK"),
    State.BAD: _("Failing"),
    State.WARN: _("Warning"),
    State.UNKNOWN: _("Not checked"),
}

TITLES: Final[Mapping[str, Text]] = {
    "https": _("Public URL"),
    "webhook": _("Twilio’s latest request"),
    "signature": _("Twilio’s signature"),
    "account": _("Twilio account"),
    "stream": _("Audio stream"),
    "marks": _("Playback confirmation"),
    "reachable": _("Response at the public URL"),
    "provider": _("Provider keys"),
    "clock": _("Server clock"),
    "ffmpeg": _("FFmpeg"),
    "models": _("Speech models"),
    "habits": _("Unsupported model settings"),
    "prompt": _("Prompts and facts"),
    "records": _("Call records"),
    "storage": _("Recording storage"),
}

_CALL: Final = _("Call your number, then run the doctor again.")
_OPERATOR: Final = _("Contact the operator of this server.")

# For each check and reason of telephony.doctor.checks: the sentence and the remedy ("" for none).
SENTENCES: Final[Mapping[tuple[str, str], tuple[Text, Text]]] = {
    ("https", "https"): (_("Twilio uses %(detail)s and signs exactly this address."), ""),
    ("https", "loopback"): (
        _("The public URL is set to %(detail)s, so Twilio can’t reach it."),
        _("Set TWILIO_APP_URL to the public https address of this server."),
    ),
    ("webhook", "answered"): (_("It was answered."), ""),
    ("webhook", "not_answered"): (
        _("It was not answered: %(detail)s"),
        _("The latest requests and their reasons are listed below."),
    ),
    ("webhook", "not_asked"): (
        _("No request with one of your keys has arrived yet."),
        _("Paste the webhook URL into your number in Twilio, then call it."),
    ),
    ("webhook", "only_simulated"): (
        _("Only simulated calls have arrived. They say nothing about your number in Twilio."),
        _("Paste the webhook URL into your number in Twilio, then call it."),
    ),
    ("signature", "signed"): (_("The latest request was signed with your auth token."), ""),
    ("signature", "no_token"): (
        _("No auth token is saved, so forged requests can’t be detected."),
        _("Add your auth token under Credentials."),
    ),
    ("signature", "not_asked"): (
        _("An auth token is saved, but no request with a valid key has arrived yet."),
        _CALL,
    ),
    ("signature", "always_wrong"): (
        _("Requests are signed with another token, or for another URL than %(detail)s."),
        _(
            "Use the auth token of the number’s own account and region. Check that the URL in "
            "Twilio starts with exactly this address, with https and without a port."
        ),
    ),
    ("signature", "by_rule"): (
        _("A Webhook Rule of your Twilio account signs requests with a shared key."),
        _(
            "In Twilio, give %(detail)s a Webhook Rule whose setting has no shared key. Requests "
            "are then signed with the auth token again."
        ),
    ),
    ("signature", "sometimes_wrong"): (
        _("The latest request was not signed with your token, or for another URL than %(detail)s."),
        _(
            "Earlier requests were correct. Check whether the token was changed in Twilio, or "
            "whether a number in another account uses your URL."
        ),
    ),
    ("account", "pinned"): (_("Calls from any other Twilio account are refused."), ""),
    ("account", "not_pinned"): (
        _("Calls from any Twilio account that has your URL are answered."),
        _("Add your Account SID under Credentials."),
    ),
    ("account", "changed"): (
        _("The latest call came from a different Twilio account than earlier calls."),
        _("If this wasn’t you, add your Account SID under Credentials and rotate the key."),
    ),
    ("account", "mismatch"): (
        _("The latest call came from a different Twilio account than yours and was refused."),
        _("Correct the Account SID under Credentials, or remove your URL from the other account."),
    ),
    ("stream", "opened"): (_("The audio stream of the latest call opened."), ""),
    ("stream", "no_call"): (_("There has been no phone call yet."), _CALL),
    ("stream", "due"): (_("A call just came in. Its audio stream is about to open."), ""),
    ("stream", "failed"): (
        _("The audio stream of the latest call failed at Twilio: %(detail)s"),
        _("Look up the code in the list of Twilio’s error codes."),
    ),
    ("stream", "never"): (
        _("The latest call was answered, but no audio stream followed."),
        _("Check that the proxy and firewall allow WebSockets (wss) to /api/twilio/stream."),
    ),
    ("marks", "returned"): (_("Twilio confirmed what the caller heard."), ""),
    ("marks", "no_stream"): (_("Available after a call with an audio stream."), ""),
    ("marks", "nothing_said"): (_("The agent hasn’t finished a sentence yet."), ""),
    ("marks", "none"): (
        _("The agent spoke, but Twilio didn’t confirm that it was played."),
        _("The caller may have hung up immediately. Otherwise, check the call’s raw events."),
    ),
    ("reachable", "reached"): (_("The server can reach itself at its public URL."), ""),
    ("reachable", "only_itself"): (
        _("The server can reach itself, but only on this machine. Twilio can’t."),
        _("Set TWILIO_APP_URL to the public https address of this server."),
    ),
    ("reachable", "timeout"): (
        _("There was no response within 5 seconds."),
        _("Check that the port is open and the proxy or tunnel is running."),
    ),
    ("reachable", "tls"): (
        _("The certificate of the public URL is not valid."),
        _("Renew the certificate and serve its whole chain. Twilio doesn’t accept it either."),
    ),
    ("reachable", "name"): (
        _("The host name of the public URL can’t be found."),
        _("Correct TWILIO_APP_URL or the DNS entry."),
    ),
    ("reachable", "refused"): (
        _("Nothing is listening at this address."),
        _("Check that the proxy or tunnel is running and forwards to this server’s port."),
    ),
    ("reachable", "status"): (
        _("The public URL responded with HTTP %(detail)s."),
        _("The proxy or tunnel doesn’t forward to this server. Correct it or TWILIO_APP_URL."),
    ),
    ("reachable", "somebody_else"): (
        _("A different server responds at this address."),
        _("Correct TWILIO_APP_URL."),
    ),
    ("provider", "none_needed"): (_("Your active agents use no provider that needs a key."), ""),
    ("provider", "accepted"): (_("%(detail)s accepts the key."), ""),
    ("provider", "refused"): (
        _("%(detail)s rejects the key."),
        _("Add a valid key under Credentials. Without it, calls of these agents fail."),
    ),
    ("provider", "no_key"): (
        _("An active agent uses %(detail)s, but no API key is set."),
        _("Add a key under Credentials, or choose another engine."),
    ),
    ("provider", "away"): (
        _("%(detail)s couldn’t be reached."),
        _("Run the doctor again. If the problem persists, the server can’t reach the provider."),
    ),
    ("clock", "right"): (_("The clock is accurate."), ""),
    ("clock", "ahead"): (_("The clock is %(detail)s seconds ahead."), _OPERATOR),
    ("clock", "behind"): (_("The clock is %(detail)s seconds behind."), _OPERATOR),
    ("clock", "nothing_to_compare"): (
        _("There is no other clock to compare with."),
        _("Connect your Twilio account under Credentials to compare with Twilio’s clock."),
    ),
    ("storage", "kept"): (_("A test file was stored, read and deleted."), ""),
    ("storage", "failed"): (
        _("A test file couldn’t be stored: %(detail)s. Calls are not recorded."),
        _OPERATOR,
    ),
    ("records", "refused"): (
        _("The database rejected %(detail)s of your call records."),
        _("Calls are charged based on known data. The operator of this server can add the rest."),
    ),
    ("habits", "left_out"): (
        _("The server rejected these settings, so they are left out or replaced: %(detail)s."),
        _("No action is needed. To avoid this, change the agent’s engine settings."),
    ),
    ("prompt", "cut"): (
        _("The models of these agents didn’t read the whole prompt: %(detail)s."),
        _(
            "Shorten the prompt and the facts, or run the model with a larger context (with "
            "Ollama, set OLLAMA_CONTEXT_LENGTH)."
        ),
    ),
    ("ffmpeg", "found"): (_("Installed. Needed for voices that come as MP3."), ""),
    ("ffmpeg", "missing"): (_("%(detail)s"), _OPERATOR),
    ("models", "found"): (_("All models your active agents need are installed."), ""),
    ("models", "missing"): (_("%(detail)s"), _OPERATOR),
}


@dataclass(frozen=True, slots=True)
class Check:
    """A finding for `components/checks.html`."""

    state: str
    state_text: Text
    title: Text
    text: str
    remedy: str


def checks_of(findings: Iterable[Finding]) -> list[Check]:
    """The findings in the reader's language."""
    return [_check(each) for each in findings]


def _check(finding: Finding) -> Check:
    text, remedy = SENTENCES[finding.check, finding.reason]
    detail = finding.detail
    if finding.check == "webhook" and detail:
        detail = labels.label_of(AttemptReason, detail)
    return Check(
        state=finding.state.value,
        state_text=STATES[finding.state],
        title=TITLES[finding.check],
        text=str(text) % {"detail": detail},
        remedy=str(remedy),
    )
