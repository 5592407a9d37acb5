"""The list of those to whom callers are put through."""

import pytest

from agents.transfers.targets import (
    MOST,
    Target,
    fault_in_targets,
    number_in,
    target_named,
    targets_in,
)

LIST = """
Sales = +1 (415) 555-0100; ext 12; announce; prices and new orders
Front desk = sip:desk@example.com

  Workshop   =   +49 30 1234567
"""


def test_a_line_is_a_name_a_number_and_when_to_use_it():
    assert targets_in(LIST) == (
        Target("Sales", "+14155550100", "12", True, "prices and new orders"),
        Target("Front desk", "sip:desk@example.com"),
        Target("Workshop", "+49301234567"),
    )
    assert fault_in_targets(LIST) is None
    assert fault_in_targets("") is None


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+49 (0)30 1234567", "+49301234567"),
        ("+44 (0) 20 7946 0018", "+442079460018"),
        ("+39 06 1234567", "+39061234567"),  # Italy's zero is part of the number
        ("+1 415.555.0100", "+14155550100"),
        ("030 1234567", ""),
        ("+0 30 1234567", ""),
    ],
)
def test_a_number_is_dialled_from_abroad(written, dialled):
    assert number_in(written) == dialled


@pytest.mark.parametrize("name", ["Sales", " sales ", "SALES"])
def test_a_name_is_found_in_either_case(name):
    assert target_named(LIST, name) == targets_in(LIST)[0]


@pytest.mark.parametrize("name", ["", "+14155550100", "Sale", "Sales Workshop"])
def test_nothing_else_is(name):
    assert target_named(LIST, name) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Sales", "a name and a number"),
        ("= +14155550100", "a name and a number"),
        ("Sales = ", "a name and a number"),
        (f"{'S' * 41} = +14155550100", "at most"),
        ("Sales = 0900 123456", "country code"),
        ("Sales = +0900123456", "country code"),
        ("Sales = +14155550100 or +14155550101", "country code"),
        ("Sales = +1415555010012345", "country code"),
        ("Sales = desk@example.com", "country code"),
        ("Sales = sip:desk@example.com?body=x", "country code"),
        ("Sales = sip:desk@example.com; ext 12", "SIP"),
        ("Sales = +14155550100; ext twelve", "extension"),
        (f"Sales = +14155550100; ext {'1' * 33}", "extension"),
        ("Sales = +14155550100; prices; orders", "only once"),
        (f"Sales = +14155550100; {'x' * 201}", "at most"),
        ("Ann = +14155550100\nann = +14155550101", "already"),
        ("\n".join(f"A{n} = +1415555010{n % 10}" for n in range(MOST + 1)), "At most"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_with_its_line(line, said):
    found = fault_in_targets(line)
    assert found is not None
    text, values = found
    assert said in text
    assert text % values


def test_of_a_list_that_was_stored_wrong_lines_are_passed_over_and_no_more_than_ten_kept():
    assert [each.name for each in targets_in("Sales\nAnn = +14155550100\nann = +14155550101")] == [
        "Ann"
    ]
    assert len(targets_in("\n".join(f"A{n} = +14155550100" for n in range(20)))) == MOST


@pytest.mark.parametrize("digits", ["12", "ww12#", "W 1 2"])
def test_an_extension_may_wait(digits):
    [target] = targets_in(f"Sales = +14155550100; Ext. {digits}")
    assert target.digits == digits.replace(" ", "").replace("W", "ww")
