"""The checks of the setup doctor: facts in, findings out. Pure.

Each check takes facts that were gathered before (`telephony.doctor.facts`) and gives one
finding: a state, and the name of the reason. `dashboard.setup.doctor_labels` has a sentence
and a remedy for every reason here; nothing that an organization may not see is a fact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from voicex.reasons.attempts import AttemptReason, Outcome


class State(StrEnum):
    """The result of a check; the values are CSS classes of `components/checks.html`."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    UNKNOWN = ""


# What the attempt log says of a key that opens nothing any more.
KEY_ENDED: Final = frozenset({AttemptReason.KEY_REVOKED, AttemptReason.KEY_EXPIRED})


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check. detail: fills the placeholder in the reason's sentence."""

    check: str
    state: State
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request at the webhook, as the attempt log has it."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class LastCall:
    """The latest call that a carrier put through. age: since the webhook was answered.

    error: Twilio's words when its stream failed. heard: whether a mark of the agent's voice
    came back; spoke: whether the agent said anything.
    """

    age: timedelta
    is_streamed: bool
    is_over: bool
    spoke: bool
    heard: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database and the settings say.

    attempts: those among the latest 50 that were no simulated calls, newest first; simulated: how
    many were. refused_records: what calls left behind and the database did not take.
    """

    public_url: str
    has_token: bool
    has_account_sid: bool
    attempts: tuple[Attempt, ...]
    last_call: LastCall | None
    refused_records: int = 0
    simulated: int = 0

    @property
    def examined(self) -> list[Attempt]:
        """The requests of which more was checked than their key."""
        return [each for each in self.attempts if each.reason not in KEY_ENDED]


@dataclass(frozen=True, slots=True)
class Probe:
    """An answer of the public URL: an HTTP status, or the name of what went wrong.

    trouble: "" for an answer, else "timeout", "tls", "refused" or "name". is_local: the address is
    of this machine, and no carrier reaches it.
    """

    status: int = 0
    is_ours: bool = False
    trouble: str = ""
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class SlowFacts:
    """Facts that need requests to other servers.

    providers: for each engine with a key that an active agent uses, "" when its provider
    accepts the key, else "refused", "away" or "no_key". skew: our clock minus another's;
    None without another. ffmpeg, models: "" when they are there, else what is missing.
    habits: what the servers of its providers were found not to take, as "model: parameter".
    unread: names of the agents whose models did not read all of their prompts of late.
    storage: what the storage of recordings said when a byte was stored, read and deleted, ""
    that all is well; None without need.
    """

    probe: Probe
    providers: tuple[tuple[str, str], ...]
    skew: timedelta | None
    ffmpeg: str
    models: str
    habits: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    storage: str | None = None


# A stream follows its webhook within a second; a slow network is given ten more.
STREAM_DUE: Final = timedelta(seconds=12)
# TLS and signed URLs of others allow minutes; our own tickets are good for 60 s.
CLOCK_OFF: Final = timedelta(seconds=20)


def examine(facts: Facts) -> list[Finding]:
    """The findings from known facts, in the order of a call's steps."""
    found = [check(facts) for check in _QUICK]
    if facts.refused_records:
        found.append(Finding("records", State.WARN, "refused", str(facts.refused_records)))
    return found


def examine_slow(slow: SlowFacts) -> list[Finding]:
    """The findings from requested facts."""
    return [
        _reachable(slow.probe),
        *_providers(slow.providers),
        *_storage(slow.storage),
        _clock(slow.skew),
        _presence("ffmpeg", slow.ffmpeg, missing=State.WARN),
        _presence("models", slow.models, missing=State.BAD),
        *_named("habits", "left_out", slow.habits),
        *_named("prompt", "cut", slow.unread),
    ]


def _https(facts: Facts) -> Finding:
    if facts.public_url.startswith("https://"):
        return Finding("https", State.GOOD, "https", facts.public_url)
    return Finding("https", State.BAD, "loopback", facts.public_url)


def _signature(facts: Facts) -> Finding:
    """Whether the latest request was signed for our URL with the stored token."""
    latest = next(iter(facts.examined), None)
    if not facts.has_token:
        return Finding("signature", State.WARN, "no_token")
    if latest is None:
        return Finding("signature", State.UNKNOWN, "not_asked")
    if latest.reason == AttemptReason.SIGNED_BY_RULE:
        return Finding("signature", State.BAD, "by_rule", facts.public_url)
    if latest.reason == AttemptReason.BAD_SIGNATURE:
        # Some right and some wrong: two accounts or two URLs ask. All wrong: it never fitted.
        is_mixed = any(each.reason != AttemptReason.BAD_SIGNATURE for each in facts.examined)
        reason = "sometimes_wrong" if is_mixed else "always_wrong"
        return Finding("signature", State.BAD, reason, facts.public_url)
    return Finding("signature", State.GOOD, "signed", facts.public_url)


def _account(facts: Facts) -> Finding:
    latest = facts.examined[0].reason if facts.examined else ""
    if latest == AttemptReason.ACCOUNT_MISMATCH:
        return Finding("account", State.BAD, "mismatch")
    if facts.has_account_sid:
        return Finding("account", State.GOOD, "pinned")
    if latest == AttemptReason.ACCOUNT_CHANGED:
        return Finding("account", State.WARN, "changed")
    return Finding("account", State.WARN, "not_pinned")


def _webhook(facts: Facts) -> Finding:
    if not facts.attempts:
        reason = "only_simulated" if facts.simulated else "not_asked"
        return Finding("webhook", State.UNKNOWN, reason)
    latest = facts.attempts[0]
    if latest.outcome == Outcome.ANSWERED:
        return Finding("webhook", State.GOOD, "answered")
    return Finding("webhook", State.BAD, "not_answered", latest.reason)


def _stream(facts: Facts) -> Finding:
    call = facts.last_call
    if call is None:
        return Finding("stream", State.UNKNOWN, "no_call")
    if call.is_streamed:
        return Finding("stream", State.GOOD, "opened")
    if call.error:
        return Finding("stream", State.BAD, "failed", call.error)
    if call.age < STREAM_DUE and not call.is_over:
        return Finding("stream", State.UNKNOWN, "due")
    return Finding("stream", State.BAD, "never")


def _marks(facts: Facts) -> Finding:
    call = facts.last_call
    if call is None or not call.is_streamed:
        return Finding("marks", State.UNKNOWN, "no_stream")
    if call.heard:
        return Finding("marks", State.GOOD, "returned")
    if not call.spoke or not call.is_over:
        return Finding("marks", State.UNKNOWN, "nothing_said")
    return Finding("marks", State.WARN, "none")


_QUICK: Final[tuple[Callable[[Facts], Finding], ...]] = (
    _https,
    _webhook,
    _signature,
    _account,
    _stream,
    _marks,
)


def _reachable(probe: Probe) -> Finding:
    if probe.trouble:
        return Finding("reachable", State.BAD, probe.trouble)
    if probe.status == 200 and probe.is_ours and probe.is_local:
        return Finding("reachable", State.UNKNOWN, "only_itself")
    if probe.status == 200 and probe.is_ours:
        return Finding("reachable", State.GOOD, "reached")
    if probe.status == 200:
        return Finding("reachable", State.BAD, "somebody_else")
    return Finding("reachable", State.BAD, "status", str(probe.status))


def _providers(providers: tuple[tuple[str, str], ...]) -> list[Finding]:
    if not providers:
        return [Finding("provider", State.GOOD, "none_needed")]
    states = {"": State.GOOD, "away": State.WARN}
    return [
        Finding("provider", states.get(trouble, State.BAD), trouble or "accepted", engine)
        for engine, trouble in providers
    ]


def _storage(trouble: str | None) -> list[Finding]:
    if trouble is None:
        return []
    if trouble:
        return [Finding("storage", State.BAD, "failed", trouble)]
    return [Finding("storage", State.GOOD, "kept")]


def _clock(skew: timedelta | None) -> Finding:
    if skew is None:
        return Finding("clock", State.UNKNOWN, "nothing_to_compare")
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= CLOCK_OFF:
        return Finding("clock", State.GOOD, "right", str(seconds))
    return Finding("clock", State.BAD, "ahead" if skew > timedelta() else "behind", str(seconds))


def _presence(check: str, trouble: str, *, missing: State) -> Finding:
    if trouble:
        return Finding(check, missing, "missing", trouble)
    return Finding(check, State.GOOD, "found")


def _named(check: str, reason: str, names: tuple[str, ...]) -> list[Finding]:
    """A warning, if there is anything to name in it."""
    return [Finding(check, State.WARN, reason, ", ".join(names))] if names else []


def skew_of(ours: datetime, theirs: datetime | None) -> timedelta | None:
    """How far our clock is ahead of another; None without another."""
    return ours - theirs if theirs else None
