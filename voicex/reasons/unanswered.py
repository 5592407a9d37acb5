"""Why callers were not answered, in a few words, and what to do: for the overview and for mails.

A cause is the value of an `AttemptReason` that let no call begin, or of an `EndReason` by which a
call failed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason
from voicex.reasons.translation import marked as _

# Calls that failed for their callers, however much was said before.
FAILED_ENDS: Final = frozenset(
    {
        EndReason.ENGINE_FAILED,
        EndReason.INTERNAL_ERROR,
        EndReason.NO_STREAM,
        EndReason.STREAM_ERROR,
        EndReason.CARRIER_FAILED,
    }
)
# Attempts that left no caller unanswered: reports about calls that had ended, and what followed for
# a caller whom another row counts.
NO_CALLER: Final = frozenset({AttemptReason.BAD_CALLBACK, AttemptReason.FORWARD_FAILED})
UNANSWERED: Final = frozenset(
    reason
    for reason in AttemptReason
    if reason.outcome is not Outcome.ANSWERED and reason not in NO_CALLER
)

_OPERATOR: Final = _("Contact the operator of this server.")
_CONNECT: Final = _("Connect the number again under Numbers, or paste the URL of an active key.")
_DOCTOR: Final = _("Run the setup doctor. It checks every step of a call.")

# What went wrong, as the end of a sentence, and the remedy. %(detail)s: names of providers.
CAUSES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        AttemptReason.ACCOUNT_MISMATCH.value: (
            _("the call came from a different Twilio account than yours"),
            _("Correct the Account SID under Credentials, or remove your URL from that account."),
        ),
        AttemptReason.KEY_REVOKED.value: (_("the API key in the URL is revoked"), _CONNECT),
        AttemptReason.KEY_EXPIRED.value: (
            _("the API key in the URL was rotated and no longer works"),
            _CONNECT,
        ),
        AttemptReason.BAD_SIGNATURE.value: (
            _("the request wasn’t signed with your Twilio auth token"),
            _(
                "Check the auth token under Credentials. Use the one of the number’s own account "
                "and region."
            ),
        ),
        AttemptReason.SIGNED_BY_RULE.value: (
            _("Twilio signed the request by a Webhook Rule, not with your auth token"),
            _("In Twilio, give this server’s URL a Webhook Rule whose setting has no shared key."),
        ),
        AttemptReason.UNKNOWN_AGENT.value: (
            _("the agent in the URL isn’t one of yours"),
            _("Connect the number again under Numbers, or copy the URL again."),
        ),
        AttemptReason.AGENT_INACTIVE.value: (
            _("the agent in the URL is inactive"),
            _("Switch the agent on, or connect the number to another agent."),
        ),
        AttemptReason.AGENT_ARCHIVED.value: (
            _("the agent in the URL is archived"),
            _("Connect the number to another agent, or restore the agent."),
        ),
        AttemptReason.NO_ACTIVE_AGENT.value: (_("no agent is active"), _("Switch an agent on.")),
        AttemptReason.NO_AGENT.value: (
            _("the agent has no published version"),
            _("Publish the agent."),
        ),
        AttemptReason.SUSPENDED.value: (_("the organization is suspended"), _OPERATOR),
        AttemptReason.NO_SLOT.value: (
            _("all your lines were in use"),
            _("Ask the operator of this server for more simultaneous calls."),
        ),
        AttemptReason.TOO_MANY_BEGUN.value: (
            _("too many calls began within a minute"),
            _("Ask the operator of this server for more simultaneous calls."),
        ),
        AttemptReason.LEFT_QUEUE.value: (
            _("callers in line hung up before a line was free"),
            _("Ask the operator of this server for more simultaneous calls."),
        ),
        AttemptReason.WAITED_TOO_LONG.value: (
            _("callers in line waited too long"),
            _("Ask the operator of this server for more simultaneous calls."),
        ),
        AttemptReason.POOL_BUSY.value: (
            _("all lines shared by new organizations were in use"),
            _("Confirm your email address or add your Twilio auth token to get your own lines."),
        ),
        AttemptReason.POOL_USED_UP.value: (
            _("the daily minutes shared by new organizations were used up"),
            _("Confirm your email address or add your Twilio auth token to get your own minutes."),
        ),
        AttemptReason.MINUTES_USED_UP.value: (
            _("this month’s minutes are used up"),
            _("Ask the operator of this server for another plan."),
        ),
        AttemptReason.BUDGET_SPENT.value: (
            _("a budget is used up"),
            _("Raise it under Call limits, or in the agent’s settings."),
        ),
        AttemptReason.BUSY.value: (_("the server had no capacity"), _OPERATOR),
        AttemptReason.ENGINE_WITHOUT_KEY.value: (
            _("%(detail)s has no key"),
            _("Add a key under Credentials, or choose another engine for the agent."),
        ),
        AttemptReason.ENGINE_NOT_OFFERED.value: (
            _("this server doesn’t offer the agent’s engine"),
            _("Choose another engine for the agent, and publish it."),
        ),
        AttemptReason.AGENT_NOT_PREPARED.value: (
            _("the agent couldn’t be prepared for calls"),
            _("Edit the agent, and publish it again."),
        ),
        AttemptReason.OVERLOADED.value: (_("the server was too busy"), _OPERATOR),
        AttemptReason.DATABASE_AWAY.value: (
            _("the server’s database did not answer"),
            _OPERATOR,
        ),
        AttemptReason.DRAINING.value: (_("the server was about to restart"), _OPERATOR),
        EndReason.ENGINE_FAILED.value: (_("a provider failed during the call"), _DOCTOR),
        EndReason.INTERNAL_ERROR.value: (_("this server had an error"), _OPERATOR),
        EndReason.NO_STREAM.value: (_("Twilio opened no audio stream"), _DOCTOR),
        EndReason.STREAM_ERROR.value: (_("the audio stream failed at Twilio"), _DOCTOR),
        EndReason.CARRIER_FAILED.value: (_("Twilio couldn’t connect the call"), _DOCTOR),
    }
)
