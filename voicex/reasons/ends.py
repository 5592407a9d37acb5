"""Why a call ended: the values of `Call.end_reason`, with their labels and remedies."""

from enum import StrEnum

from voicex.reasons.labelled import Labelled
from voicex.reasons.translation import marked as _


class EndGroup(Labelled):
    """How a call ended, as a user would ask for it. label: of the filter, to be translated."""

    CALLER = "caller", _("Caller hung up")
    AGENT = "agent", _("Agent hung up")
    MEMBER = "member", _("Teammate hung up")
    TRANSFER = "transfer", _("Transferred")
    LINE = "line", _("Connection lost")
    FAULT = "fault", _("Provider or server error")
    ACCESS = "access", _("Test closed")


class LastWords(StrEnum):
    """What a caller who is still connected is told after the stream has ended."""

    SAID = "said"  # nothing: the session has said goodbye
    ENDED = "ended"  # that the call has to end: another call would end the same way
    LOST = "lost"  # an apology, and to call again


def _by_status(word: str) -> str:
    return (
        f"Twilio's status callback said {word}, and the server that carried the call had not "
        "noticed before, or was lost"
    )


_FOREIGN = "not Twilio; check who has the ticket"
_CODES = "the codes below"


class EndReason(StrEnum):
    """The reasons. Values are stored, and never change.

    label: in the dashboard, to be translated. meaning, remedy: Markdown, in the handbook; a
    remedy is "" where there is nothing to do.
    """

    group: EndGroup
    label: str
    meaning: str
    remedy: str
    last_words: LastWords

    def __new__(
        cls,
        value: str,
        group: EndGroup,
        label: str,
        meaning: str,
        remedy: str = "",
        last_words: LastWords = LastWords.LOST,
    ) -> "EndReason":
        """A member with what is said of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.group = group
        member.label = label
        member.meaning = meaning
        member.remedy = remedy
        member.last_words = last_words
        return member

    STOP = "stop", EndGroup.CALLER, _("Caller hung up"), "the caller hung up"
    HUNG_UP_BY_MEMBER = (
        "hung_up_by_member",
        EndGroup.MEMBER,
        _("Teammate hung up"),
        "a teammate ended the call on its page; the audit log says who",
        "",
        LastWords.ENDED,
    )
    AGENT_HUNG_UP = (
        "agent_hung_up",
        EndGroup.AGENT,
        _("Agent hung up"),
        "the agent said goodbye",
        "",
        LastWords.SAID,
    )
    BUDGET_SPENT = (
        "budget_spent",
        EndGroup.AGENT,
        _("Budget used up"),
        "the budget of the agent or of the organization was used up during the call; the agent "
        "said that its time was over",
        "a larger budget, under **Call limits** or in the agent's settings",
        LastWords.SAID,
    )
    TRANSFERRED = (
        "transferred",
        EndGroup.TRANSFER,
        _("Transferred"),
        "the agent put the caller through, and the call was answered; its page says to whom and "
        "for how long",
        "",
        LastWords.SAID,
    )
    TRANSFER_ABANDONED = (
        "transfer_abandoned",
        EndGroup.CALLER,
        _("Caller hung up during transfer"),
        "the agent put the caller through, who hung up before anybody answered",
        "",
        LastWords.SAID,
    )
    TRANSFER_FAILED = (
        "transfer_failed",
        EndGroup.LINE,
        _("Transfer failed"),
        "nobody took the transferred call, and no agent could take the caller back; or Twilio "
        "never said what became of the transfer",
        "more simultaneous calls; is the public URL reachable?",
        LastWords.SAID,
    )
    STREAM_ENDED = (
        "stream_ended",
        EndGroup.CALLER,
        _("Call ended normally"),
        "the stream ended in order; Twilio was the first to say so",
    )
    STREAM_STOPPED = (
        "stream_stopped",
        EndGroup.LINE,
        _("Carrier closed the audio stream"),
        "Twilio said that it closed the stream, and the server that carried the call had not "
        "noticed before, or was lost",
    )
    STREAM_ERROR = (
        "stream_error",
        EndGroup.LINE,
        _("Audio stream failed at the carrier"),
        "the stream failed at Twilio; the call's **carrier** field in the admin has its words "
        "until the words of the call are deleted",
        _CODES,
    )
    STREAM_LOST = (
        "stream_lost",
        EndGroup.LINE,
        _("Audio stream lost"),
        "Twilio said that the stream broke while the caller was still there; they heard an apology",
        "did the server restart?",
    )
    SOCKET_CLOSED = (
        "socket_closed",
        EndGroup.LINE,
        _("Connection to the carrier lost"),
        "the connection broke without a `stop`",
        "the network, the proxy's idle timeout",
    )
    MEDIA_LOST = (
        "media_lost",
        EndGroup.LINE,
        _("No more audio from the carrier"),
        "no sound from Twilio for 20 s",
        "the network",
    )
    TOO_MANY_MESSAGES = (
        "too_many_messages",
        EndGroup.LINE,
        _("Carrier sent too many messages"),
        "the other side sent more messages of a kind than a call can mean",
        _FOREIGN,
    )
    AUDIO_TOO_FAST = (
        "audio_too_fast",
        EndGroup.LINE,
        _("Carrier sent audio faster than real time"),
        "the other side sent audio a minute ahead of the clock",
        _FOREIGN,
    )
    SOCKET_STALLED = (
        "socket_stalled",
        EndGroup.LINE,
        _("Carrier stopped accepting audio"),
        "Twilio did not take what was sent, thirteen minutes of it",
        "the network",
    )
    BINARY_MESSAGE = (
        "binary_message",
        EndGroup.LINE,
        _("Carrier violated the protocol"),
        "the other side kept sending bytes where Twilio's protocol has text",
        _FOREIGN,
    )
    PERSISTENT_GARBAGE = (
        "persistent_garbage",
        EndGroup.LINE,
        _("Carrier violated the protocol"),
        "the other side did not speak Twilio's protocol",
        _FOREIGN,
    )
    ACCESS_LOST = (
        "access_lost",
        EndGroup.ACCESS,
        _("Teammate signed out or left the organization"),
        "the teammate who tried the agent in the browser signed out or left the organization",
        "nothing",
        LastWords.ENDED,
    )
    PAGE_CLOSED = (
        "page_closed",
        EndGroup.ACCESS,
        _("Test page closed"),
        "the teammate who tried the agent in the browser closed the page or lost the network",
        "",
        LastWords.ENDED,
    )
    SAVED_TESTS = (
        "saved_tests",
        EndGroup.ACCESS,
        _("Saved tests run"),
        "no call: what an agent's [saved tests](agents.md#saved-tests) have used of its model",
        "",
        LastWords.ENDED,
    )
    HEARING_COMPARED = (
        "hearing_compared",
        EndGroup.ACCESS,
        _("Browser and phone compared"),
        "no call: what [a sentence heard in two ways](try-it.md#how-callers-are-heard) has used of "
        "the recogniser",
        "",
        LastWords.ENDED,
    )
    KEY_REVOKED = (
        "key_revoked",
        EndGroup.MEMBER,
        _("API key revoked"),
        "its webhook key was revoked together with its calls, before the audio stream had begun or "
        "while the caller was with a person, or its server learned of it only from the database",
        "",
        LastWords.ENDED,
    )
    CALLER_SILENT = (
        "caller_silent",
        EndGroup.FAULT,
        _("Caller went silent after repeated errors"),
        "after two failures or more the caller said nothing for 45 s; the agent said goodbye",
        "the failures: `response_failed`, `transcription_failed` in the log",
        LastWords.SAID,
    )
    CALLER_INACTIVE = (
        "caller_inactive",
        EndGroup.AGENT,
        _("Caller said nothing"),
        "the caller said nothing, although the agent asked whether they were still there; the "
        "agent said goodbye",
        "`reminder_ms`, where callers need longer",
        LastWords.SAID,
    )
    RESTARTING = (
        "restarting",
        EndGroup.FAULT,
        _("Server restarted"),
        "the server was being stopped, and the agent said so before its time was over",
        "a longer `DRAIN_SECONDS`",
        LastWords.SAID,
    )
    ENGINE_FAILED = (
        "engine_failed",
        EndGroup.FAULT,
        _("Engine error"),
        "no voice could speak, not even twice in a row a fixed sentence, or the last words of the "
        "call made no sound or broke off; the carrier said goodbye",
        "the voice's key, name and language; the log has `voice_failed` and `response_failed`",
    )
    INTERNAL_ERROR = (
        "internal_error",
        EndGroup.FAULT,
        _("Internal error"),
        "an error of ours, or an agent whose engines cannot work as they are set",
        "the log has a trace",
    )
    STALE = (
        "stale",
        EndGroup.FAULT,
        _("Server lost during the call"),
        "the server was lost during the call, and no signal said that it was over; for up to "
        "`CALL_STALE_SECONDS` its line stayed taken",
        "was it killed? memory?",
    )
    NO_STREAM = (
        "no_stream",
        EndGroup.LINE,
        _("Carrier opened no audio stream"),
        "Twilio opened no media stream within 120 s",
        _CODES,
    )
    CARRIER_COMPLETED = (
        "carrier_completed",
        EndGroup.CALLER,
        _("Call ended at the carrier"),
        _by_status("completed"),
    )
    CARRIER_BUSY = (
        "carrier_busy",
        EndGroup.LINE,
        _("Carrier reported busy"),
        _by_status("busy"),
    )
    CARRIER_FAILED = (
        "carrier_failed",
        EndGroup.LINE,
        _("Carrier couldn’t connect the call"),
        _by_status("failed"),
    )
    CARRIER_NO_ANSWER = (
        "carrier_no_answer",
        EndGroup.LINE,
        _("Carrier reported no answer"),
        _by_status("no answer"),
    )
    CARRIER_CANCELED = (
        "carrier_canceled",
        EndGroup.CALLER,
        _("Caller hung up while ringing"),
        _by_status("canceled"),
    )

    @classmethod
    def named(cls, name: str) -> "EndReason | None":
        """The member with that value; None for "", and for a name of another release."""
        return next((member for member in cls if member == name), None)


def reasons_of(group: str) -> frozenset[EndReason]:
    """The reasons in the group with that value; none for ""."""
    return frozenset(reason for reason in EndReason if reason.group == group)
