"""Fields of calls as people write them, and which values fit."""

import pytest

from agents.analysis import fields
from agents.analysis.fields import CallField, Fault, FieldType, fault_in, fields_in, fitted

LINES = """
Party size (number): how many people come, children (under 6) included
Branch (choice: Berlin, Hamburg)
Day (date): wanted
Wants a call back (yes/no): said so
Order: the number (if any)
Anything else
"""
PARTY, BRANCH, DAY, CALL_BACK, ORDER, ELSE = fields_in(LINES)


def test_a_line_has_a_name_a_type_and_a_description():
    assert fault_in(LINES) is None
    assert (
        CallField(
            "Party size", FieldType.NUMBER, "how many people come, children (under 6) included"
        )
        == PARTY
    )
    assert CallField("Branch", FieldType.CHOICE, choices=("Berlin", "Hamburg")) == BRANCH
    assert CallField("Order", FieldType.TEXT, "the number (if any)") == ORDER
    assert CallField("Anything else") == ELSE


def test_types_may_be_written_in_german():
    read = fields_in("A (Zahl)\nB (ja/nein)\nC (Auswahl: x)\nD (Datum)")
    assert [each.type for each in read] == [
        FieldType.NUMBER, FieldType.YES_NO, FieldType.CHOICE, FieldType.DATE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("(number): how many", Fault.NAME),
        ("x" * (fields.NAME + 1), Fault.NAME),
        ("Size (figure)", Fault.TYPE),
        ("Size (number", Fault.TYPE),
        ("Size (number: 1, 2)", Fault.TYPE),
        ("Branch (choice)", Fault.CHOICES),
        ("Branch (choice: " + ",".join(map(str, range(11))) + ")", Fault.CHOICES),
        (f"Branch (choice: {'x' * (fields.CHOICE + 1)})", Fault.CHOICES),
        ("Size (number) how many", Fault.DESCRIPTION),
        ("Size: " + "x" * (fields.DESCRIPTION + 1), Fault.DESCRIPTION),
    ],
)
def test_a_line_that_is_no_field_is_named(line, fault):
    found = fault_in(f"First\n\n{line}\nLast")
    assert found is not None
    assert (found.fault, found.line) == (fault, 3)
    assert [each.name for each in fields_in(f"First\n{line}\nLast")] == ["First", "Last"]


def test_a_name_comes_once_and_there_are_ten_at_most():
    assert fault_in("Size\nsize (number)") == fields.FaultInLine(Fault.TWICE, 2)
    many = "\n".join(f"Field {number}" for number in range(11))
    assert fault_in(many) == fields.FaultInLine(Fault.LINES, 11)
    assert len(fields_in(many)) == 10


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (PARTY, 4, 4),
        (PARTY, 4.5, 4.5),
        (PARTY, " 12 ", 12),
        (BRANCH, "hamburg ", "Hamburg"),
        (DAY, "2026-02-28", "2026-02-28"),
        (CALL_BACK, True, True),
        (CALL_BACK, "Nein", False),
        (ORDER, 4711, "4711"),
        (ORDER, "A\n 17", "A 17"),
        (ORDER, "x" * 300, "x" * 199 + "…"),
        (PARTY, None, None),
        (BRANCH, "  ", None),
    ],
)
def test_a_value_that_fits_is_kept_in_one_form(field, value, kept):
    found = fitted(field, value)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (PARTY, "four"),
        (PARTY, True),
        (PARTY, float("nan")),
        (PARTY, 10**30),
        (PARTY, [4]),
        (BRANCH, "Munich"),
        (BRANCH, 1),
        (DAY, "2026-02-30"),
        (DAY, "tomorrow"),
        (DAY, "20260228"),
        (CALL_BACK, "maybe"),
        (CALL_BACK, 1),
        (ORDER, {"a": 1}),
        (ORDER, False),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(field, value):
    with pytest.raises(ValueError, match="must be"):
        fitted(field, value)
