"""Why a carrier's REST API did not do what it was asked."""

from enum import StrEnum

from voicex.reasons.translation import marked as _


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
            "Twilio rejected this auth token for this Account SID. Use the account’s own auth "
            "token, not an API key (SK…). A subaccount has its own token."
        ),
        True,
    )
    FORBIDDEN = (
        "forbidden",
        _("Twilio doesn’t allow this account to do that. It may be suspended or closed."),
        True,
    )
    NOT_FOUND = "not_found", _("Twilio couldn’t find this account or number."), True
    REJECTED = "rejected", _("Twilio rejected the request."), True
    CALL_OVER = "call_over", _("Twilio says that this call has already ended.")
    NUMBER_TAKEN = (
        "number_taken",
        _("Twilio no longer sells this number. It may be yours by now: look at your numbers."),
    )
    NEEDS_DOCUMENTS = (
        "needs_documents",
        _(
            "Twilio sells this number only to accounts with an approved address or documents. "
            "Add them in the Twilio Console under Regulatory Compliance, and buy it there."
        ),
    )
    RATE_LIMIT = "rate_limit", _("Too many requests to Twilio. Try again in a minute.")
    TIMEOUT = "timeout", _("Twilio didn’t respond in time. Try again.")
    UNREACHABLE = "unreachable", _("This server couldn’t reach Twilio.")
    FAILED = (
        "failed",
        _("Twilio had an internal error. Try again in a few minutes."),
    )
