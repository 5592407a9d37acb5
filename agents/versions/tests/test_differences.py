"""What differs between two texts, as an editor wants to read it."""

from agents.versions.differences import MAX_LINES, Change, differences


def marked(before, after):
    """The differing field as text: [-removed-], {+added+}."""
    marks = {Change.SAME: "%s", Change.REMOVED: "[-%s-]", Change.ADDED: "{+%s+}"}
    (found,) = differences({"facts": before}, {"facts": after})
    return ["".join(marks[p.change] % p.text for p in line) for line in found.lines]


def test_what_is_the_same_is_no_difference():
    assert differences({"greeting": "Hi"}, {"greeting": "Hi"}) == []


def test_a_changed_word_is_shown_in_its_line():
    assert marked("We open at eight.", "We open at nine.") == ["We open at [-eight-]{+nine+}."]


def test_lines_that_stayed_are_shown_around_those_that_changed():
    assert marked("A: 1\nB: 2\nC: 3", "A: 1\nC: 3\nD: 4") == [
        "A: 1",
        "[-B: 2-]",
        "C: 3",
        "{+D: 4+}",
    ]


def test_lines_that_share_little_are_not_mixed():
    assert marked("Parking is behind the house.", "Children are welcome!") == [
        "[-Parking is behind the house.-]",
        "{+Children are welcome!+}",
    ]


def test_a_field_that_is_new_or_gone_is_all_added_or_all_removed():
    found = differences({"voice": "alloy"}, {"prompt": "You are Mia."})
    assert [(each.field, each.lines[0][0].change) for each in found] == [
        ("prompt", Change.ADDED),
        ("voice", Change.REMOVED),
    ]


def test_line_breaks_alone_are_reported_without_a_line():
    (found,) = differences({"facts": "A"}, {"facts": "A\n"})
    assert [[piece.text for piece in line] for line in found.lines] == [["A"]]


def test_very_long_texts_are_shown_one_after_the_other():
    before = "\n".join(str(n) for n in range(MAX_LINES + 1))
    lines = marked(before, "new")
    assert (len(lines), lines[0], lines[-1]) == (MAX_LINES + 2, "[-0-]", "{+new+}")


def test_a_line_of_many_equal_words_is_compared_in_good_time():
    (found,) = differences({"prompt": "a " * 25_000}, {"prompt": "b " * 25_000})
    assert [piece.change for line in found.lines for piece in line] == ["removed", "added"]
