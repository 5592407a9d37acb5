"""What was sent, and what of it was heard."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.session.replies.playout import MARK_GRACE_MS, Playout

MS = b"\x00" * 8


def test_the_first_audio_leaves_at_once_however_short():
    playout = Playout("r1")
    (piece,) = playout.push(MS * 20, "Hello.", now_ms=100)
    assert (len(piece.payload), piece.mark) == (160, "r1:20")


def test_long_audio_is_cut_into_messages_with_a_mark_each():
    playout = Playout("r1")
    pieces = playout.push(MS * 1000, "Hello.", now_ms=100)
    assert [piece.mark for piece in pieces] == ["r1:400", "r1:800", "r1:1000"]


def test_short_audio_waits_while_the_carrier_has_enough_to_play():
    playout = Playout("r1")
    playout.push(MS * 400, "Hello.", now_ms=0)
    assert playout.push(MS * 20, "", now_ms=10) == []
    assert len(playout.push(MS * 20, "", now_ms=250)) == 1  # the carrier is running dry


def test_held_audio_is_sent_before_the_carriers_buffer_is_empty():
    playout = Playout("r1")
    playout.push(MS * 1000, "Hello.", now_ms=0)
    assert playout.push(MS * 20, "", now_ms=10) == []
    playout.played(400, now_ms=400)
    assert playout.release(now_ms=410) == []
    (piece,) = playout.release(now_ms=600)
    assert piece.mark == "r1:1020"
    assert playout.release(now_ms=800) == []  # nothing is held


def test_playback_begins_again_after_the_carrier_ran_dry():
    playout = Playout("r1")
    playout.push(MS * 400, "One.", now_ms=0)
    playout.played(400, now_ms=450)
    playout.push(MS * 1000, " Two.", now_ms=6000)
    assert playout.heard_ms(6020) == 420
    assert not playout.is_overdue(6020)
    assert playout.push(MS * 20, "", now_ms=6030) == []  # the carrier has enough to play


def test_the_end_sends_what_was_held():
    playout = Playout("r1")
    playout.push(MS * 400, "Hello.", now_ms=0)
    playout.push(MS * 20, "", now_ms=10)
    (piece,) = playout.finish(now_ms=20)
    assert piece.mark == "r1:420"


def test_an_odd_last_byte_is_sent_and_proven():
    playout = Playout("r1")
    (piece,) = playout.push(b"\x00" * 3, "A.", now_ms=0)
    playout.finish(now_ms=0)
    playout.played(int(piece.mark.split(":")[1]), now_ms=1)
    assert playout.is_heard()


def test_heard_follows_the_clock_but_not_past_the_next_mark():
    playout = Playout("r1")
    playout.push(MS * 1000, "Hello.", now_ms=0)
    assert playout.heard_ms(150) == 150
    assert playout.heard_ms(900) == 400
    playout.played(400, now_ms=450)
    assert playout.heard_ms(450) == 400
    assert playout.heard_ms(500) == 450


def test_a_mark_that_is_repeated_or_foreign_changes_nothing():
    playout = Playout("r1")
    playout.push(MS * 1000, "Hello.", now_ms=0)
    playout.played(400, now_ms=400)
    playout.played(400, now_ms=900)
    playout.played(77, now_ms=900)
    assert playout.heard_ms(410) == 410


def test_heard_text_is_whole_words():
    playout = Playout("r1")
    playout.push(MS * 1000, "one two three four", now_ms=0)
    playout.finish(now_ms=0)
    assert playout.heard_text(0) == ""
    assert playout.heard_text(500) == "one two"
    assert playout.heard_text(1000) == "one two three four"


def test_a_price_is_heard_when_all_of_its_words_are():
    playout = Playout("r1")
    playout.push(MS * 4_000, "It costs $1,299.99 today", now_ms=0)
    playout.finish(now_ms=0)
    assert playout.heard_text(2_800) == "It costs"  # "... one thousand two hundred"
    assert playout.heard_text(3_700) == "It costs $1,299.99"


def test_text_whose_audio_is_not_complete_is_not_wholly_heard():
    playout = Playout("r1")
    playout.push(MS * 100, "one two three four", now_ms=0)
    assert playout.heard_text(100) == ""


def test_sentences_have_their_own_places():
    playout = Playout("r1")
    playout.push(MS * 500, "First one. ", now_ms=0)
    playout.push(MS * 500, "Second one.", now_ms=0)
    playout.finish(now_ms=0)
    assert playout.heard_text(800) == "First one. Second"


def test_marks_that_never_come_are_overdue_after_a_grace():
    playout = Playout("r1")
    playout.push(MS * 400, "Hello.", now_ms=0)
    assert not playout.is_overdue(400 + MARK_GRACE_MS)
    assert playout.is_overdue(401 + MARK_GRACE_MS)


@given(
    st.lists(st.tuples(st.binary(max_size=5000), st.sampled_from(["", "some words here. "]))),
    st.integers(0, 60_000),
)
def test_heard_is_never_more_than_sent(deltas, later_ms):
    playout = Playout("r1")
    sent = b""
    for audio, text in deltas:
        sent += b"".join(piece.payload for piece in playout.push(audio, text, now_ms=0))
    sent += b"".join(piece.payload for piece in playout.finish(now_ms=0))
    assert sent == b"".join(audio for audio, _ in deltas)
    assert playout.heard_ms(later_ms) <= playout.sent_ms
    assert playout.text.startswith(playout.heard_text(playout.heard_ms(later_ms)))
