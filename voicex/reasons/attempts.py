"""What became of a request at the voice webhook, and why: the values in the attempt log."""

from enum import StrEnum

from voicex.reasons.labelled import Labelled
from voicex.reasons.translation import marked as _


class Outcome(Labelled):
    """What became of a request. label: to be translated."""

    ANSWERED = "answered", _("Answered")
    DECLINED = "declined", _("Declined")  # the caller heard a sentence (`telephony.spoken`)
    REFUSED = "refused", _("Refused")  # HTTP 403


class AttemptReason(StrEnum):
    """Why, where there is anything to say. Values are stored, and never change.

    label: in the dashboard, with what to do, to be translated. meaning, remedy: Markdown, in the
    handbook; a remedy is "" where there is nothing to do.
    """

    outcome: Outcome
    label: str
    meaning: str
    remedy: str

    def __new__(
        cls, value: str, outcome: Outcome, label: str, meaning: str, remedy: str = ""
    ) -> "AttemptReason":
        """A member with what is said of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.outcome = outcome
        member.label = label
        member.meaning = meaning
        member.remedy = remedy
        return member

    ACCOUNT_CHANGED = (
        "account_changed",
        Outcome.ANSWERED,
        _(
            "Answered, but from a different Twilio account than earlier calls. If this isn’t you, "
            "add your Account SID under Credentials. All other accounts are then refused."
        ),
        "from another Twilio account than the calls before; your settings name none",
        "if this isn't you, add your Account SID under **Credentials**",
    )
    ACCOUNT_MISMATCH = (
        "account_mismatch",
        Outcome.REFUSED,
        _("The request came from a different Twilio account than the one in your settings."),
        "from another Twilio account than your settings name",
        "correct the Account SID, or remove your URL from the other account's number",
    )
    KEY_REVOKED = (
        "key_revoked",
        Outcome.REFUSED,
        _("The API key in the URL is revoked. Set a URL with an active key for the number."),
        "the key in the URL was revoked",
        "paste a URL with an active key (**API keys**, or the agent's page) into the number that "
        "was called. If no number of yours has the old URL, another person has it, and gets "
        "nowhere",
    )
    KEY_EXPIRED = (
        "key_expired",
        Outcome.REFUSED,
        _(
            "The API key in the URL was rotated and no longer works. Set the URL with the new key "
            "for the number."
        ),
        "the key in the URL was rotated, and its seven days are over",
        "paste the URL with the new key into the number",
    )
    BAD_SIGNATURE = (
        "bad_signature",
        Outcome.REFUSED,
        _("The request wasn’t signed with your Twilio auth token."),
        "not signed with your auth token",
        "is it the token of the number's own account (a subaccount has its own) and of the region "
        "that processes its calls, the auth token and not an API key? Is the URL in the Console, "
        "letter by letter, `TWILIO_APP_URL` plus what follows?",
    )
    SIGNED_BY_RULE = (
        "signed_by_rule",
        Outcome.REFUSED,
        _(
            "Twilio signed the request with the shared key of a Webhook Rule, not with your auth "
            "token."
        ),
        "signed with the shared key of a Webhook Rule of your Twilio account, and not with your "
        "auth token",
        "give this server's URL a Webhook Rule of its own at Twilio, with a setting that has no "
        "shared key",
    )
    BAD_CALLBACK = (
        "bad_callback",
        Outcome.REFUSED,
        _("A report that a call ended wasn’t signed with your Twilio auth token. It was ignored."),
        "the end of a call was reported without the signature of your auth token; the report was "
        "ignored",
        "if all are: is it the token of the number's own account? Otherwise a stranger knows the "
        "URL, and got nowhere",
    )
    UNKNOWN_AGENT = (
        "unknown_agent",
        Outcome.REFUSED,
        _("The agent in the URL isn’t one of yours."),
        "the `agent_id` in the URL is not an agent of yours",
        "copy the URL again",
    )
    AGENT_INACTIVE = (
        "agent_inactive",
        Outcome.REFUSED,
        _("The agent in the URL is inactive. The caller heard Twilio’s error."),
        "the agent in the URL is inactive",
        "switch it on, or connect the number to another agent",
    )
    AGENT_ARCHIVED = (
        "agent_archived",
        Outcome.DECLINED,
        _("The agent in the URL is archived. The caller heard that no one can answer."),
        "the agent in the URL is archived; callers hear that nobody can answer",
        "connect the number to another agent, or restore it",
    )
    NO_ACTIVE_AGENT = (
        "no_active_agent",
        Outcome.DECLINED,
        _("No agent is active. The caller heard that no one can answer."),
        "no agent is active",
        "activate or create one",
    )
    NO_AGENT = (
        "no_agent",
        Outcome.DECLINED,
        _("The agent has no published version."),
        "the agent has no published version",
        "publish it",
    )
    SUSPENDED = (
        "suspended",
        Outcome.DECLINED,
        _("The organization is suspended. The caller heard that no calls are taken."),
        "the operator has suspended the organization; callers hear the reason",
        "the overview says why",
    )
    NO_SLOT = (
        "no_slot",
        Outcome.DECLINED,
        _("Your organization had reached its limit of simultaneous calls."),
        "your limit of simultaneous calls was reached",
        "add your auth token (60 instead of 30), or ask the operator for a quota",
    )
    TOO_MANY_BEGUN = (
        "too_many_begun",
        Outcome.DECLINED,
        _("Your organization had reached its limit of calls that begin in a minute."),
        "your limit of calls that begin in a minute was reached",
        "who calls so often? A limit of more simultaneous calls raises this one: add your auth "
        "token (60 instead of 30), or ask the operator for a quota",
    )
    POOL_BUSY = (
        "pool_busy",
        Outcome.DECLINED,
        _(
            "All lines shared by new organizations were in use. Confirm your email address or add "
            "your Twilio auth token to get your own lines."
        ),
        "the limit of calls, at once or in a minute, that all [new organizations](organizations.md"
        "#new-organizations-share-a-pool) share was reached",
        "confirm an owner's email address, or add your AccountSid and auth token; or ask the "
        "operator",
    )
    POOL_USED_UP = (
        "pool_used_up",
        Outcome.DECLINED,
        _(
            "The daily minutes shared by new organizations were used up. Confirm your email "
            "address or add your Twilio auth token to get your own minutes."
        ),
        "the calls or minutes that new organizations share were used up for the day",
        "the same",
    )
    WAITING = (
        "waiting",
        Outcome.ANSWERED,
        _("All lines were in use. The caller waits in line."),
        "all lines were in use, and the caller was put in line; another row says what followed",
    )
    LEFT_QUEUE = (
        "left_queue",
        Outcome.DECLINED,
        _("The caller waited in line, and hung up before a line was free."),
        "the caller waited in line, and hung up before a line was free",
        "ask the operator for more simultaneous calls",
    )
    WAITED_TOO_LONG = (
        "waited_too_long",
        Outcome.DECLINED,
        _("The caller waited in line for as long as you allow, and no line was free."),
        "the caller waited for as long as **Call limits** allows, and no line was free",
        "the same; or allow a longer wait under **Call limits**",
    )
    FORWARD_FAILED = (
        "forward_failed",
        Outcome.DECLINED,
        _(
            "The call was forwarded to your other number because all lines were in use, and no "
            "one took it there. If that’s every time, check the number under Call limits."
        ),
        "all lines were in use, and at your other number nobody took the call either; the row "
        "before says why it was forwarded",
        "if no call gets through: is the number under **Call limits** right, and may your Twilio "
        "account call that country?",
    )
    MINUTES_USED_UP = (
        "minutes_used_up",
        Outcome.DECLINED,
        _(
            "This month’s minutes were used up. The caller heard that no more calls are taken this "
            "month."
        ),
        "the month's minutes of your plan or quota are used up; calls in progress continued",
        "ask the operator for another plan; a new month brings new minutes",
    )
    BUDGET_SPENT = (
        "budget_spent",
        Outcome.DECLINED,
        _(
            "A budget was used up. The caller heard that no more calls are taken at the moment. "
            "Raise it under Call limits, or in the agent’s settings."
        ),
        "the budget of the agent or of the organization was used up, for the day or the month",
        "raise it under **Call limits**, or in the agent's settings; a new day or month "
        "begins anew",
    )
    BUSY = (
        "busy",
        Outcome.DECLINED,
        _("The server had no capacity for another call."),
        "the server process had no capacity",
        "operator: more processes, or `MAX_CALLS_PER_PROCESS`",
    )
    ENGINE_WITHOUT_KEY = (
        "engine_without_key",
        Outcome.DECLINED,
        _("The agent uses a provider, but no API key is set."),
        "the agent uses a provider for which no key is stored",
        "add the key (see [engines](engines.md)), or choose another engine",
    )
    ENGINE_NOT_OFFERED = (
        "engine_not_offered",
        Outcome.DECLINED,
        _("The agent uses an engine that this server doesn’t offer."),
        "the agent uses an engine that this server does not offer",
        "choose another engine; operator: `scripted` is for load tests (`TEST_ENGINES`)",
    )
    AGENT_NOT_PREPARED = (
        "agent_not_prepared",
        Outcome.DECLINED,
        _(
            "The agent couldn’t be prepared for calls. Its page shows why. Edit the agent and "
            "publish it again."
        ),
        "no call can read the agent's version: it was made by another release; its page says why",
        "edit it and publish; operator: `manage.py migrate`",
    )
    OVERLOADED = (
        "overloaded",
        Outcome.DECLINED,
        _("The server was too busy or low on memory to take another call."),
        "the server was too busy or low on memory to take another call",
        "operator: more CPU or memory, more processes",
    )
    DATABASE_AWAY = (
        "database_away",
        Outcome.DECLINED,
        _("The server’s database did not answer. The caller was asked to call again."),
        "the server's database did not answer",
        "operator: see [reliability](reliability.md#when-the-database-is-away)",
    )
    DRAINING = (
        "draining",
        Outcome.DECLINED,
        _("The server was about to restart."),
        "the server was about to stop",
    )
