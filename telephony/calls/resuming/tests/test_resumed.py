"""What a call has used on a stream that continues another one."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from agents.engines.base import Usage
from telephony.calls.resuming.resumed import ResumedCall, used_in_all
from telephony.session.call import CallSession
from telephony.session.resuming.state import SavedPlayout, SavedReply, SavedSpan
from testing.setups import setup

SENTENCE = "It costs nine dollars, and a family with two children pays twenty."
SAVED_AT = datetime(2026, 11, 30, tzinfo=UTC)
LASTS_MS = 4_000


def lost(*, after_ms: int, is_speaking: bool = True) -> ResumedCall:
    """A call whose agent has begun SENTENCE as its state was saved, and that was then lost."""
    spans = (SavedSpan(SENTENCE, 0, LASTS_MS),)
    playout = SavedPlayout(spans, LASTS_MS, LASTS_MS, started_at_ms=0, is_complete=True)
    reply = SavedReply(playout, True, "", False, "", False, False, 2, False, 0)
    state = CallSession(setup().config).snapshot(now_ms=0)
    state = structs.replace(state, reply=reply if is_speaking else None)
    return ResumedCall(state, SAVED_AT, SAVED_AT + timedelta(milliseconds=after_ms))


@pytest.mark.parametrize(
    ("after_ms", "unheard"),
    [(0, SENTENCE), (LASTS_MS // 2, " family with two children pays twenty."), (LASTS_MS, "")],
)
def test_of_a_reply_whose_line_is_lost_the_words_behind_the_last_heard_one_are_unheard(
    after_ms, unheard
):
    assert lost(after_ms=after_ms).unheard_characters == len(unheard)


def test_where_nothing_was_being_said_nothing_is_unheard():
    assert lost(after_ms=500, is_speaking=False).unheard_characters == 0


@pytest.mark.parametrize(
    ("said", "counted"), [(0, 100), (30, 100), (40, 100), (45, 105), (200, 260)]
)
def test_what_is_said_again_is_counted_once_and_no_count_ever_shrinks(said, counted):
    before = {"tts_characters": 100, "stt_ms": 700}
    usage = Usage(tts_characters=said, stt_ms=300)
    used = used_in_all(before, stream_ms=5_000, usage=usage, said_again=40)
    assert used["tts_characters"] == counted
    assert (used["stt_ms"], used["stream_ms"]) == (1_000, 5_000)
