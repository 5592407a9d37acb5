"""What `/metrics` reports of this process's calls, in Prometheus' terms (seconds, counts)."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from agents.engines.events import response_ms
from telephony.session.call import CallSession

# From a good conversation to one that callers give up on.
_ANSWER_SECONDS: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)

LIVE_CALLS: Final = Gauge("voicex_live_calls", "Media sessions in this process")
CALLS_ENDED: Final = Counter("voicex_calls_ended", "Media sessions that ended", ["reason"])
WEBHOOKS: Final = Counter(
    "voicex_webhooks", "Voice webhooks with a known key", ["outcome", "reason"]
)
ANSWER: Final = Histogram(
    "voicex_answer_seconds",
    "From the caller's last word to the first sound that they heard",
    buckets=_ANSWER_SECONDS,
)
BARGE_INS: Final = Counter("voicex_barge_ins", "Replies that the caller cut off")
DRAFTS: Final = Counter(
    "voicex_drafts", "Answers begun before the caller's turn was over, of ended calls", ["outcome"]
)
LOST_FRAMES: Final = Counter("voicex_lost_messages", "Gaps in the carrier's sequence numbers")
RECORDINGS_FAILED: Final = Counter(
    "voicex_recordings_failed", "Recordings that the storage did not take, or too slowly"
)
MOST_CALLS: Final = Gauge("voicex_max_calls", "Media sessions that this process takes at most")
MEMORY: Final = Gauge("voicex_memory_bytes", "Resident memory of this process")
ATTEMPTS_WAITING: Final = Gauge("voicex_attempts_waiting", "Attempt log rows not written yet")
LOOP_LAG: Final = Gauge("voicex_loop_lag_seconds", "Median lateness of the event loop, last 3 s")
RECORDS_WAITING: Final = Gauge("voicex_records_waiting", "Writes that wait for the database")
RECORDS_KEPT: Final = Counter(
    "voicex_records_refused", "Records that the database refused, kept for the operator"
)
WINDOWS_DROPPED: Final = Gauge(
    "voicex_voice_windows_dropped", "Windows of caller audio that were never judged"
)


def count_ended(session: CallSession) -> None:
    """Count a session that has ended: its reason, drafts, answer times and barge-ins."""
    CALLS_ENDED.labels(session.end_reason).inc()
    begun, committed = session.draft_replies
    DRAFTS.labels("committed").inc(committed)
    DRAFTS.labels("thrown_away").inc(begun - committed)
    for turn in session.transcript.turns:
        if (waited_ms := response_ms(turn.latency_ms)) is not None:
            ANSWER.observe(waited_ms / 1000)
    # The end of a call cuts a reply off as well; that is no barge-in.
    BARGE_INS.inc(sum(turn.interrupted for turn in session.transcript.turns[:-1]))
