"""What became of a request at the voice webhook, and why: the values in the attempt log."""

from enum import StrEnum

from voicex.reasons.words import marked as _


class Outcome(StrEnum):
    """What became of a request. label: to be translated."""

    label: str

    def __new__(cls, value: str, label: str) -> "Outcome":
        """A member with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

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
            "Answered, but from another Twilio account than the calls before. If that is not you, "
            "give your AccountSid under Credentials: every other account is then refused."
        ),
        "from another Twilio account than the calls before; your settings name none",
        "if it is not you, give your AccountSid in **Credentials**",
    )
    ACCOUNT_MISMATCH = (
        "account_mismatch",
        Outcome.REFUSED,
        _("The request came from another Twilio account than your settings name."),
        "from another Twilio account than your settings name",
        "correct the AccountSid, or take your URL off the other account's number",
    )
    KEY_REVOKED = (
        "key_revoked",
        Outcome.REFUSED,
        _("The key in the URL was revoked. Put a URL with a key that is in use into the number."),
        "the key in the URL was revoked",
        "paste a URL with an active key (**API keys**, or the agent's page) into the number that "
        "was called. If no number of yours has the old URL, another person has it, and gets "
        "nowhere",
    )
    KEY_EXPIRED = (
        "key_expired",
        Outcome.REFUSED,
        _(
            "The key in the URL was rotated, and the days in which the old one still worked are "
            "over. Put the URL with the new key into the number."
        ),
        "the key in the URL was rotated, and its seven days are over",
        "paste the URL with the new key into the number",
    )
    BAD_SIGNATURE = (
        "bad_signature",
        Outcome.REFUSED,
        _("The request was not signed with your Twilio auth token."),
        "not signed with your auth token",
        "is it the token of the number's own account (a subaccount has its own), the auth token "
        "and not an API key? Is the URL in the Console, letter by letter, `TWILIO_APP_URL` plus "
        "what follows?",
    )
    BAD_CALLBACK = (
        "bad_callback",
        Outcome.REFUSED,
        _(
            "The end of a call was reported without the signature of your Twilio auth token. The "
            "report was ignored."
        ),
        "the end of a call was reported without the signature of your auth token; the report was "
        "ignored",
        "if all are: is it the token of the number's own account? Otherwise a stranger knows the "
        "URL, and got nowhere",
    )
    UNKNOWN_AGENT = (
        "unknown_agent",
        Outcome.REFUSED,
        _("The URL names an agent that is inactive or not yours."),
        "the `agent_id` in the URL is not an active agent of yours",
        "activate it, or copy the URL again",
    )
    NO_ACTIVE_AGENT = (
        "no_active_agent",
        Outcome.DECLINED,
        _("No agent is active. The caller heard that nobody is set up to answer."),
        "no agent is active",
        "activate or make one",
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
        _("As many calls as your organization may have at once were going on."),
        "as many calls as you may have at once were going on",
        "give your auth token (60 instead of 30), or ask the operator for a quota",
    )
    POOL_BUSY = (
        "pool_busy",
        Outcome.DECLINED,
        _(
            "All lines that new organizations share were in use. Confirm your e-mail address, or "
            "store your Twilio auth token, to have lines of your own."
        ),
        "as many calls as all [new organizations](organizations.md"
        "#new-organizations-share-a-pool) may have together were going on",
        "confirm an owner's e-mail address, or give your auth token; or ask the operator",
    )
    POOL_USED_UP = (
        "pool_used_up",
        Outcome.DECLINED,
        _(
            "The minutes that new organizations share were used up for the day. Confirm your "
            "e-mail address, or store your Twilio auth token, to have minutes of your own."
        ),
        "new organizations together had used up their calls or minutes of a day",
        "the same",
    )
    MINUTES_USED_UP = (
        "minutes_used_up",
        Outcome.DECLINED,
        _(
            "No minutes of this month were left. The caller heard that no more calls are taken "
            "this month."
        ),
        "the month's minutes of your plan or quota are used up; calls that were going on went on",
        "ask the operator for another plan; a new month (UTC) brings new minutes",
    )
    BUSY = (
        "busy",
        Outcome.DECLINED,
        _("The server had no room for another call."),
        "the server process had no room",
        "operator: more processes, or `MAX_CALLS_PER_PROCESS`",
    )
    ENGINE_WITHOUT_KEY = (
        "engine_without_key",
        Outcome.DECLINED,
        _("The agent uses a provider, but no API key is set."),
        "the agent uses a provider for which no key is stored",
        "give the key (see [engines](engines.md)), or choose another engine",
    )
    ENGINE_NOT_OFFERED = (
        "engine_not_offered",
        Outcome.DECLINED,
        _("The agent uses an engine that this installation does not offer."),
        "the agent uses an engine that this server does not offer",
        "choose another engine; operator: `scripted` is for load tests (`TEST_ENGINES`)",
    )
    AGENT_NOT_PREPARED = (
        "agent_not_prepared",
        Outcome.DECLINED,
        _(
            "What the agent says could not be made ready for calls: its page shows the reason. "
            "Edit it and publish."
        ),
        "no call can read the agent's version: it was made by another release; its page says why",
        "edit it and publish; operator: `manage.py migrate`",
    )
    OVERLOADED = (
        "overloaded",
        Outcome.DECLINED,
        _("The server ran too late, or short of memory, to take another call."),
        "the server ran too late, or short of memory, to take another call",
        "operator: more CPU or memory, more processes",
    )
    DRAINING = (
        "draining",
        Outcome.DECLINED,
        _("The server was about to restart."),
        "the server was about to stop",
    )
