"""The setup doctor's findings in words: what was found, and the remedy."""

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
    State.GOOD: _("in order"),
    State.BAD: _("broken"),
    State.WARN: _("look at it"),
    State.UNKNOWN: _("not known yet"),
}

TITLES: Final[Mapping[str, Text]] = {
    "https": _("Public URL"),
    "webhook": _("Twilio’s latest request"),
    "signature": _("Twilio’s signature"),
    "account": _("Twilio account"),
    "stream": _("Audio stream"),
    "marks": _("Proof of what was heard"),
    "reachable": _("Answer at the public URL"),
    "provider": _("Provider keys"),
    "clock": _("Clock"),
    "ffmpeg": _("FFmpeg"),
    "models": _("Speech models"),
    "habits": _("What providers refuse"),
    "prompt": _("Prompts and facts"),
    "records": _("Records of calls"),
    "storage": _("Storage of recordings"),
}

_RING: Final = _("Ring your number, then run the doctor again.")
_OPERATOR: Final = _("Whoever runs this server has to see to it.")

# For each check and reason of telephony.doctor.checks: the sentence and the remedy ("" for none).
SENTENCES: Final[Mapping[tuple[str, str], tuple[Text, Text]]] = {
    ("https", "https"): (_("Twilio is told %(detail)s, and signs exactly that."), ""),
    ("https", "loopback"): (
        _("The server knows itself as %(detail)s, where only this machine can reach it."),
        _("Set TWILIO_APP_URL to the https address that the outside world sees."),
    ),
    ("webhook", "answered"): (_("It was answered."), ""),
    ("webhook", "not_answered"): (
        _("It was not answered: %(detail)s"),
        _("The list below has the latest requests with their reasons."),
    ),
    ("webhook", "not_asked"): (
        _("No request with one of your keys has come in."),
        _("Paste the webhook URL into your number at Twilio, and ring it."),
    ),
    ("signature", "signed"): (_("The latest request was signed with your auth token."), ""),
    ("signature", "no_token"): (
        _("No auth token is stored, so nobody can tell Twilio’s requests from forged ones."),
        _("Store the auth token under Credentials."),
    ),
    ("signature", "not_asked"): (
        _("A token is stored; no request with a good key has come in yet."),
        _RING,
    ),
    ("signature", "always_wrong"): (
        _("Requests are signed with another token, or for another URL than %(detail)s."),
        _(
            "Is it the auth token of the number’s own account? Does the URL at Twilio begin with "
            "exactly that address, with https and without a port?"
        ),
    ),
    ("signature", "sometimes_wrong"): (
        _("The latest request was not signed with your token, or for another URL than %(detail)s."),
        _(
            "Earlier ones were right. Was the token changed at Twilio, or does a number of another "
            "account use your URL?"
        ),
    ),
    ("account", "pinned"): (_("Calls from any other Twilio account are refused."), ""),
    ("account", "not_pinned"): (
        _("Calls from every Twilio account are answered, if they have your URL."),
        _("Give your AccountSid under Credentials."),
    ),
    ("account", "changed"): (
        _("The latest call came from another Twilio account than the calls before."),
        _("If that is not you, give your AccountSid under Credentials, and rotate the key."),
    ),
    ("account", "mismatch"): (
        _("The latest call came from another Twilio account than you have named, and was refused."),
        _("Correct the AccountSid under Credentials, or take your URL off that account’s number."),
    ),
    ("stream", "opened"): (_("The latest call got its audio stream."), ""),
    ("stream", "no_call"): (_("There was no call by telephone yet."), _RING),
    ("stream", "due"): (_("A call has just come in; its stream is on the way."), ""),
    ("stream", "failed"): (
        _("The stream of the latest call failed at Twilio: %(detail)s"),
        _("Look the code up in the list of Twilio’s error codes."),
    ),
    ("stream", "never"): (
        _("The webhook of the latest call was answered, but no audio stream followed."),
        _("Do proxy and firewall let WebSockets (wss) through to /api/twilio/stream?"),
    ),
    ("marks", "returned"): (_("Twilio confirmed what the caller heard."), ""),
    ("marks", "no_stream"): (_("Known as soon as a call had an audio stream."), ""),
    ("marks", "nothing_said"): (_("The agent has not finished a sentence in it yet."), ""),
    ("marks", "none"): (
        _("The agent spoke, but Twilio confirmed nothing of it."),
        _("Did the caller hang up at once? Otherwise look at the call’s raw events."),
    ),
    ("reachable", "reached"): (_("The server reaches itself under its public URL."), ""),
    ("reachable", "timeout"): (
        _("Nothing answered within 5 seconds."),
        _("Is the port open, and does the proxy or tunnel run?"),
    ),
    ("reachable", "tls"): (
        _("The certificate of the public URL is not valid."),
        _("Renew it, and serve its whole chain: Twilio does not accept it either."),
    ),
    ("reachable", "name"): (
        _("The host name of the public URL is not known."),
        _("Correct TWILIO_APP_URL, or the DNS entry."),
    ),
    ("reachable", "refused"): (
        _("Nothing listens there."),
        _("Does the proxy or tunnel run, and does it lead to this server’s port?"),
    ),
    ("reachable", "status"): (
        _("It answered with HTTP %(detail)s."),
        _("The proxy or tunnel does not lead to this server. Correct it, or TWILIO_APP_URL."),
    ),
    ("reachable", "somebody_else"): (
        _("Something else answers there."),
        _("Correct TWILIO_APP_URL: it names another server."),
    ),
    ("provider", "none_needed"): (_("Your active agents use no provider that needs a key."), ""),
    ("provider", "accepted"): (_("%(detail)s accepts the key."), ""),
    ("provider", "refused"): (
        _("%(detail)s does not accept the key."),
        _("Store a working one under Credentials. Without it, calls of these agents fail."),
    ),
    ("provider", "no_key"): (
        _("Nobody has given a key for %(detail)s, which an active agent uses."),
        _("Store one under Credentials, or choose another engine."),
    ),
    ("provider", "away"): (
        _("%(detail)s could not be asked just now."),
        _("Run the doctor again. If it stays so, the server cannot reach the provider."),
    ),
    ("clock", "right"): (_("Right to within %(detail)s s."), ""),
    ("clock", "ahead"): (_("It is %(detail)s seconds ahead."), _OPERATOR),
    ("clock", "behind"): (_("It is %(detail)s seconds behind."), _OPERATOR),
    ("clock", "nothing_to_compare"): (
        _("There is no other clock to compare it with."),
        _("With your Twilio account under Credentials it is compared with Twilio’s."),
    ),
    ("storage", "kept"): (_("It took a byte, gave it back and deleted it."), ""),
    ("storage", "failed"): (
        _("It did not keep a byte that was stored: %(detail)s. Calls are not recorded."),
        _OPERATOR,
    ),
    ("records", "refused"): (
        _("The database refused %(detail)s of the records of your calls."),
        _("The calls are settled from what is known. Whoever runs this server can write the rest."),
    ),
    ("habits", "left_out"): (
        _("It is left out, or said in another way, because the server refused it: %(detail)s."),
        _("Nothing has to be done. Change the agent’s engine settings if it asks for these."),
    ),
    ("prompt", "cut"): (
        _("The models of these agents did not read all that they were given: %(detail)s."),
        _(
            "Shorten the prompt and the facts, or have the model run with a larger context "
            "(with Ollama: OLLAMA_CONTEXT_LENGTH)."
        ),
    ),
    ("ffmpeg", "found"): (_("It is there, for voices that come as MP3."), ""),
    ("ffmpeg", "missing"): (_("%(detail)s"), _OPERATOR),
    ("models", "found"): (_("All that your active agents need are there."), ""),
    ("models", "missing"): (_("%(detail)s"), _OPERATOR),
}


@dataclass(frozen=True, slots=True)
class Check:
    """A finding as `components/checks.html` takes it."""

    state: str
    state_text: Text
    title: Text
    text: str
    remedy: str


def in_words(findings: Iterable[Finding]) -> list[Check]:
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
