"""Of a very long call the latest words stay in memory, and its records are bounded."""

from msgspec.structs import replace

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse
from telephony.session.kept_words import MOST_IN_MEMORY, MOST_RECORDED
from telephony.session.resuming.state import SavedTurns
from telephony.session.transcript import MAX_TURN_CHARACTERS, Transcript
from telephony.session.turns import TurnRecord

WORDS = "a" * (MAX_TURN_CHARACTERS - 10)


def talk(transcript: Transcript, turns: int) -> list[TurnRecord]:
    """So many more turns as a machine would have them; returns what is recorded of them."""
    recorded = []
    for _ in range(turns):
        number = transcript.next_number
        role = Role.AGENT if number % 2 else Role.CALLER
        words = f"{number:06} {WORDS}"
        recorded.append(transcript._keep(TurnRecord(number, role, words, words, False, 0, 1)))
    return recorded


def characters(turns) -> int:
    return sum(len(turn.text) + len(turn.heard_text) for turn in turns)


def test_a_model_is_asked_with_the_latest_part_of_an_endless_call():
    transcript = Transcript()
    talk(transcript, 1_001)
    assert characters(transcript.turns) <= MOST_IN_MEMORY
    said = transcript.conversation("and now?")
    assert said[-1].text == "and now?"
    assert said[-2].text.startswith("001001 ")
    assert sum(len(each.text) for each in said) <= MOST_IN_MEMORY // 2 + 20
    assert len(said) == MOST_IN_MEMORY // (2 * len(f"{1:06} {WORDS}")) + 1
    assert [turn.number for turn in transcript.turns] == list(range(1, 1_002))


def test_tools_are_forgotten_with_the_words_around_them():
    transcript = Transcript()
    use = ToolUse(ToolCall("look_up", id="1"), ToolResult("1", "found"))
    transcript.keep_tool(1, use, started_ms=0, now_ms=1)
    talk(transcript, 10)
    assert any(each.tools for each in transcript.conversation())
    talk(transcript, 100)
    assert not any(each.tools for each in transcript.conversation())
    assert not transcript._tools


def test_records_end_with_their_words_and_go_on_with_their_times():
    recorded = talk(Transcript(), 200)
    assert MOST_RECORDED - 3 * MAX_TURN_CHARACTERS < characters(recorded) <= MOST_RECORDED
    assert recorded[-1] == TurnRecord(200, Role.CALLER, "", "", False, 0, 1)


def test_a_turn_that_is_kept_again_counts_once():
    transcript = Transcript()
    for _ in range(200):
        [again] = talk(transcript, 1)
        transcript.turns.pop()
    assert again.text
    assert characters(transcript.turns) == 0


def test_a_call_that_is_continued_is_bounded_as_well():
    transcript = Transcript()
    talk(transcript, 100)
    other = Transcript()
    other.restore(transcript.save())
    assert other.next_number == 101
    talk(other, 101)
    assert characters(other.turns) <= MOST_IN_MEMORY
    assert other.conversation()[-1].text.startswith("000201 ")


def test_records_are_bounded_however_often_a_call_moves():
    transcript, recorded = Transcript(), []
    for _ in range(8):
        recorded += talk(transcript, 20)
        moved = Transcript()
        moved.restore(transcript.save())
        transcript = moved
    assert MOST_RECORDED - 3 * MAX_TURN_CHARACTERS < characters(recorded) <= MOST_RECORDED
    older = replace(transcript.save(), recorded=0)  # as an older release saved it
    transcript.restore(older)
    assert transcript.save().recorded >= characters(older.turns)


def test_a_turn_that_grows_beyond_the_bound_is_recorded_with_the_words_it_had():
    transcript = Transcript()
    full = next(turn for turn in iter(lambda: talk(transcript, 1)[0], None) if not turn.text)
    said = TurnRecord(full.number + 1, Role.CALLER, "hello", "hello", False, 0, 1)
    assert transcript._keep(said) == said
    for ended_ms in (2, 3):
        longer = f"hello {WORDS}{ended_ms}"
        grown = TurnRecord(said.number, Role.CALLER, longer, longer, False, 0, ended_ms)
        kept = transcript._keep(grown)
        assert (kept.text, kept.heard_text, kept.ended_ms) == ("hello", "hello", ended_ms)
    assert transcript.turns[-1] == grown


def test_an_ordinary_call_of_four_hours_keeps_all_of_its_words():
    """Fifteen characters a second, of either side."""
    transcript = Transcript()
    words = "a" * 150
    for number in range(1, 4 * 360 + 1):
        role = Role.AGENT if number % 2 else Role.CALLER
        kept = transcript._keep(TurnRecord(number, role, words, words, False, 0, 10_000))
        assert kept.text == words
    assert len(transcript.conversation()) >= 1_300
    assert transcript.save() != SavedTurns()
