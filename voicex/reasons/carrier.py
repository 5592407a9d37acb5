"""Why a carrier's REST API did not do what it was asked."""

from enum import StrEnum

from voicex.reasons.words import marked as _


class CarrierReason(StrEnum):
    """The reasons. label: what a member reads, with what to do, to be translated.

    is_of_keys: it says something about the keys of the account, the others only about the moment.
    """

    label: str
    is_of_keys: bool

    def __new__(cls, value: str, label: str, is_of_keys: bool = False) -> "CarrierReason":
        """A member with what is said of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.is_of_keys = is_of_keys
        return member

    WRONG_TOKEN = (
        "wrong_token",
        _(
            "Twilio does not accept this auth token for this AccountSid. It must be the account’s "
            "own auth token; an API key (SK…) does not work, and a subaccount has a token of its "
            "own."
        ),
        True,
    )
    FORBIDDEN = (
        "forbidden",
        _("Twilio does not allow this to the account. Is it suspended or closed?"),
        True,
    )
    NOT_FOUND = "not_found", _("Twilio knows no such account or number."), True
    REJECTED = "rejected", _("Twilio rejected the request."), True
    RATE_LIMIT = "rate_limit", _("Twilio was asked too often. Try again in a minute.")
    TIMEOUT = "timeout", _("Twilio did not answer in time. Try again.")
    UNREACHABLE = "unreachable", _("Twilio could not be reached from this server.")
    FAILED = (
        "failed",
        _("Twilio answered with a fault of its own. Try again in a few minutes."),
    )
