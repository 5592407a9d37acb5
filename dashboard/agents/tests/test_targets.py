"""The list of transfer targets as rows of a form."""

import pytest
from django.http import QueryDict

from agents.transfers.targets import fault_in_targets
from dashboard.agents.targets import TargetRow, Targets, rows_of

TEXT = "Sales = +14155550100; ext 12; announce; prices and orders\nDesk = sip:desk@example.com"


def sent(**fields: str) -> str:
    data = QueryDict(mutable=True)
    data.update({name.replace("_", "-"): value for name, value in fields.items()})
    return Targets().value_from_datadict(data, {}, "t")


def as_sent(rows: list[TargetRow]) -> dict[str, str]:
    fields = {}
    for row in rows:
        for part in ("name", "address", "digits", "when"):
            fields[f"t_{row.number}_{part}"] = getattr(row, part)
        if row.is_announced:
            fields[f"t_{row.number}_announce"] = "on"
    return fields


def test_a_list_is_shown_in_rows_with_one_more_and_comes_back_as_it_was():
    rows = rows_of(TEXT)
    assert rows == [
        TargetRow(1, "Sales", "+14155550100", "12", "prices and orders", True),
        TargetRow(2, "Desk", "sip:desk@example.com"),
        TargetRow(3),
    ]
    assert sent(**as_sent(rows)) == TEXT


def test_an_empty_list_has_two_rows_and_a_full_one_ten():
    assert [row.number for row in rows_of("")] == [1, 2]
    assert len(rows_of("A = +14155550100\n" * 20)) == 10
    assert sent(**as_sent(rows_of(""))) == ""


def test_a_row_that_was_left_out_in_between_is_closed_up():
    text = sent(t_1_name="", t_3_name="Sales", t_3_address="+14155550100", t_2_announce="on")
    assert text == "Sales = +14155550100"


@pytest.mark.parametrize("name", ["A=B", "A;B", "A\nB", "A\r\nB = +14155550199"])
def test_what_is_written_into_a_field_stays_in_its_row(name):
    text = sent(t_1_name=name, t_1_address="+14155550100", t_1_when="a; b = c")
    assert len(text.splitlines()) == 1
    assert fault_in_targets(text) is None


def test_a_wrong_row_is_shown_as_it_was_written():
    text = sent(t_1_name="", t_1_address="0900", t_1_digits="x")
    assert fault_in_targets(text) is not None
    assert rows_of(text)[0] == TargetRow(1, "", "0900", "x")


def test_the_text_itself_is_taken_as_well():
    assert sent(t=TEXT) == TEXT
