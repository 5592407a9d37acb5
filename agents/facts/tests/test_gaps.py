"""Facts that wait to be filled in, filled by an answer from elsewhere."""

import pytest

from agents.facts.gaps import gap_for, gap_of, gaps_in, with_fact

PARKING = "Is there parking? Where can I park?"
HOURS = "What are your opening hours? When are you open?"
TEXT = f"{HOURS}: We are open [[Monday to Friday]].\nName: Acorn.\n- {PARKING}: Yes, [[where]]."


def test_what_waits_is_named_in_its_order():
    assert gaps_in(TEXT) == [HOURS, PARKING]
    assert gaps_in("Name: Acorn.") == []


@pytest.mark.parametrize(
    ("question", "gap"),
    [
        ("Can I park my car at your place?", PARKING),
        ("Are you open on Sundays?", HOURS),
        ("Do you sell skis?", ""),
        ("", ""),
    ],
)
def test_a_question_is_guessed_to_be_about_a_gap(question, gap):
    assert gap_for(question, gaps_in(TEXT)) == gap


@pytest.mark.parametrize(
    ("topic", "gap"),
    [("Parking", PARKING), ("Opening hours", HOURS), ("Opening hours on Sundays", ""), ("?", "")],
)
def test_a_topic_that_asks_exactly_the_same_is_one_of_a_gap(topic, gap):
    assert gap_of(topic, gaps_in(TEXT)) == gap


def test_a_fact_takes_the_place_of_its_gap_and_keeps_its_questions():
    filled = with_fact(TEXT, "Do you have a garage?: Yes, behind the house.", gap=PARKING)
    assert filled.splitlines()[2] == f"{PARKING} Do you have a garage?: Yes, behind the house."
    assert gaps_in(filled) == [HOURS]
    # The same question once more adds nothing; a topic that would be too long is the new one.
    assert with_fact(TEXT, "is there PARKING?: No.", gap=PARKING).endswith(f"{PARKING}: No.")
    assert with_fact(TEXT, f"{'x' * 100}: No.", gap=PARKING).endswith(f"\n{'x' * 100}: No.")


def test_a_gap_that_is_gone_or_none_makes_a_new_fact():
    assert with_fact("", "Skis: No.") == "Skis: No."
    assert with_fact("A: b\n\n", "Skis: No.", gap="B") == "A: b\nSkis: No."
    assert with_fact("Open at [[nine]]", "Hours: From 9.", gap="Open at [[nine]]") == (
        "Hours: From 9."
    )
