"""A model's arguments: what fits the parameters, and what is explained."""

import json

import pytest

from agents.http_tools import limits
from agents.http_tools.arguments import FlatArguments, UnfitArguments
from agents.http_tools.definition import Kind, Parameter

ARGUMENTS = FlatArguments(
    (
        Parameter("order_id", description="As on the receipt."),
        Parameter("count", Kind.NUMBER, is_required=False),
        Parameter("gift", Kind.YES_NO, is_required=False),
        Parameter("size", Kind.CHOICE, is_required=False, choices=("s", "m")),
    )
)


def test_the_schema_is_flat_and_typed():
    assert ARGUMENTS.schema() == {
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "description": "As on the receipt."},
            "count": {"type": "number"},
            "gift": {"type": "boolean"},
            "size": {"type": "string", "enum": ["s", "m"]},
        },
        "required": ["order_id"],
    }


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"order_id": "A1"}, {"order_id": "A1"}),
        ({"order_id": 17}, {"order_id": "17"}),
        ({"order_id": 4930123456.0}, {"order_id": "4930123456"}),
        ({"order_id": 4111_1111_1111_1111_111}, {"order_id": "4111111111111111111"}),
        ({"order_id": 1.5}, {"order_id": "1.5"}),
        ({"order_id": "A1", "count": 2.5}, {"order_id": "A1", "count": 2.5}),
        ({"order_id": "A1", "count": "3"}, {"order_id": "A1", "count": 3}),
        ({"order_id": "A1", "gift": "Yes"}, {"order_id": "A1", "gift": True}),
        ({"order_id": "A1", "gift": False}, {"order_id": "A1", "gift": False}),
        ({"order_id": "A1", "size": "m"}, {"order_id": "A1", "size": "m"}),
        ({"order_id": "A1", "count": None, "size": ""}, {"order_id": "A1"}),
        ({"order_id": "A1", "admin": True}, {"order_id": "A1"}),
    ],
)
def test_what_fits_is_read(given, values):
    assert ARGUMENTS.read(json.dumps(given)) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "`order_id` is missing"),
        ("{}", "`order_id` is missing"),
        ("order", "malformed"),
        ("[1]", "an object"),
        ("[" * 9_000, "malformed"),
        ('{"order_id": ["A1"]}', "must be a text"),
        ('{"order_id": true}', "must be a text"),
        ('{"order_id": "' + "x" * 1_001 + '"}', "more than 1000"),
        ('{"order_id": "' + "x" * 30_000 + '"}', "too long"),
        ('{"order_id": 1e400}', "too large"),
        ('{"order_id": 1e16}', "too large"),
        ('{"order_id": NaN}', "too large"),
        ('{"order_id": ' + "9" * 41 + "}", "too large"),
        ('{"order_id": "A", "count": "many"}', "must be a number"),
        ('{"order_id": "A", "count": true}', "must be a number"),
        ('{"order_id": "A", "count": 1e16}', "too large"),
        ('{"order_id": "A", "count": NaN}', "too large"),
        ('{"order_id": "A", "gift": 1}', "true or false"),
        ('{"order_id": "A", "size": "xl"}', "one of s, m"),
    ],
)
def test_what_does_not_fit_is_explained(text, said):
    with pytest.raises(UnfitArguments, match=said):
        ARGUMENTS.read(text)


def test_half_a_character_becomes_one_that_can_be_sent():
    [value] = ARGUMENTS.read('{"order_id": "A\\ud83d"}').values()
    assert value == "A?"
    assert len(value) <= limits.VALUE
