"""What a caller of the real service must have heard, on a machine that may be busy."""

from typing import Final

from telephony.simulator.plan import CallResult

# A busy machine may stop everything for half a second, longer than what is sent ahead. Who waits
# for a database or a broker that is away waits for longer.
MACHINE_PAUSE_MS: Final = 1000


def assert_heard_everything(result: CallResult) -> None:
    """AssertionError when an answer, a part of one or a mark was lost, or Twilio would complain."""
    assert result.ok, result.errors
    measured = result.measurements
    assert measured.marks_received == measured.marks_returned > 0
    assert None not in measured.voice_to_voice_ms
    assert max(measured.gaps_ms, default=0) < MACHINE_PAUSE_MS
