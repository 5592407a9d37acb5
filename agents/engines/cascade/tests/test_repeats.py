"""An answer that its server says twice is said once; what is no repetition is left whole."""

import pytest

from agents.engines.cascade.repetition_filter import RepetitionFilter


def said(*deltas, is_last=False):
    unrepeated = RepetitionFilter()
    count = len(deltas)
    new = [
        unrepeated.push(each, is_last=is_last and at == count) for at, each in enumerate(deltas, 1)
    ]
    return "".join(new) + unrepeated.flush()


@pytest.mark.parametrize(
    ("deltas", "is_last"),
    [
        (["We open ", "at nine.", "We open at nine."], True),
        (["We open ", "at nine.", "We open at nine."], False),
        (["We open ", "at nine.", "We open ", "at nine."], True),
        (["We open ", "at nine.", "We", " open at", " nine."], False),
        (["We", "We open", "We open at", "We open at nine."], False),
        (["We", "We open at nine."], False),
        (["W", "We", "We ", "We open at nine."], False),
        (["We open at", "We open at nine."], True),
        (["We open ", "at", "We open at nine."], False),
    ],
)
def test_repeated_text_is_emitted_once(deltas, is_last):
    assert said(*deltas, is_last=is_last) == "We open at nine."


@pytest.mark.parametrize(
    "deltas",
    [
        ["5", "5", "5", " 0132"],
        ["4", "41", " is it"],
        ["12", "12 Harbour"],
        ["Ha", "Ha", "Ha."],
        ["No, ", "No, ", "we are closed."],
        ["We are here. ", "We ", "are closed."],
        ["o", "oze"],
        ["Yes", ". ", "Yes", "terday."],
        ["nine ", "to ", "nine ", "or ", "ten"],
    ],
)
def test_similar_text_is_not_taken_for_a_repetition(deltas):
    assert said(*deltas) == "".join(deltas)
    assert said(*deltas, is_last=True) == "".join(deltas)


def test_a_cumulative_answer_of_digits_is_found_out_when_it_has_grown_twice():
    assert said("4", "41", "415", "415 555") == "415 555"
