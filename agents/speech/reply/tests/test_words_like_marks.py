"""Words that look like marks and notes: all of them are said, however they are cut."""

import pytest

from agents.speech.notes.source_lines import SourceLines
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.said.said import Said

KEPT = (
    "You're booked (reference: AB1234).",
    "You're booked (ref: 48213).",
    "You're booked (Reference #48213).",
    "Take form B (document 3) with you.",
    "Take form B (Dokument 3) with you.",
    "We have it.\nLearn more at www.acme.com.",
    "We have it.\nLearn more: www.acme.com",
    "Ja.\nLinks finden Sie unter www.acme.de.",
    "Yes.\nSource code is at https://x.y/z",
    "Yes.\nReferences we have at https://x.y/z",
    "Error 503: that means the service is down for a moment.",
    "Error code 503 - that means it is down.",
    "Internal server error: that means our site is down.",
    "It has 20 metros², or 20 rooms².",
    "It is (a+b)², and (x)³.",
)
WRITTEN = {
    "You're booked [Reference: 48213].": "You're booked Reference: 48213.",
    "**Instruction:** Turn left at the light.": "Instruction: Turn left at the light.",
    "Do this.\n**Instruction:**\nTurn left.": "Do this.\nInstruction:\nTurn left.",
    "### Instruction:\nTurn left.": "Instruction:\nTurn left.",
    "Go on.\n### Instruction: turn left.": "Go on.\nInstruction: turn left.",
    "It has 5 m<sup>2 and 3 rooms, 5 keys.": "It has 5 m² and 3 rooms, 5 keys.",
    # These are notes still.
    "We open at nine (by appointment)².": "We open at nine (by appointment).",
    "We open at nine [ref].": "We open at nine.",
    "We open at nine.\nSources:\n": "We open at nine.",
    "We open at nine.\nLearn more:\n- https://x.y/z": "We open at nine.",
    "Error code: 503 -": "",
    "Go on.\n### Instruction": "Go on.\nInstruction",
}
STEPS = (
    "1. Press five.\n2. Hang up",
    "1. Press five.\n2. hang up",
    "- Press five.\n- Hang up",
    "- press five.\n- hang up",
    "- Hang up",
    "2. hang up",
    "Press five\nHang up",
)
SIZES = pytest.mark.parametrize("size", [1, 4, 999])


def answered(text: str, size: int) -> tuple[str, bool]:
    """What is left of an answer, and whether it hangs up."""
    reply, given = ReplyPieces("en"), []
    for start in range(0, len(text), size):
        given += reply.push(text[start : start + size])
    return "".join([*given, *reply.flush()]).strip(), reply.hang_up


@SIZES
@pytest.mark.parametrize("text", KEPT)
def test_words_that_look_like_marks_are_said(text, size):
    assert answered(text, size) == (text, False)


@SIZES
@pytest.mark.parametrize("text", WRITTEN)
def test_of_marks_that_look_like_words_only_the_marks_go(text, size):
    assert answered(text, size) == (WRITTEN[text], False)


@SIZES
@pytest.mark.parametrize("text", STEPS)
def test_the_last_step_of_a_list_hangs_nobody_up(text, size):
    said, hangs_up = answered(text, size)
    assert said.lower().endswith("hang up")
    assert not hangs_up


@SIZES
def test_a_line_that_begins_like_sources_does_not_wait_for_its_end(size):
    for line in ("Links of the house", "Learn more: www.a.de", "Source code is", "Refills are"):
        lines, text = SourceLines(), f"Yes, we do.\n{line}"
        given = [lines.push(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join(given) == text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("5 * 3 is 15.", "five times three is fifteen."),
        ("Ring at apartment # 5.", "Ring at apartment number five."),
        ("Press * or #, then 1.", "Press star or pound, then one."),
        ("We have size XD.", "We have size XD."),
        ("Fewer than <3 left.", "Fewer than less than three left."),
        ("That is it! <3", "That is it!"),
        ("Thank you <3", "Thank you"),
        ("Thank you <3<3", "Thank you"),
        ("Thank you <3\nBye.", "Thank you, Bye."),
        ("It is fewer than <3", "It is fewer than less than three"),
        ("The rest is <3", "The rest is less than three"),
        ("Press # 3 times.", "Press pound three times."),
    ],
)
def test_signs_that_say_something_are_said(written, spoken):
    assert Said("en")(written) == spoken


def test_signs_between_numbers_are_no_keys_in_any_language():
    assert Said("de")("5 * 3") == "fünf mal drei"
    assert "Raute" not in Said("de")("Wohnung # 5")
    assert "Raute" in Said("de")("Drücken Sie # 3 mal.")
