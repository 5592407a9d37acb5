"""The field `error` of a response: what says that all is well, and what does not."""

import json

import pytest

from agents.speech.text.error_fields import is_error

WELL = [
    None, False, 0, 200, "", "OK", " Success! ", "null", "no_error", [], {},
    {"code": 0, "message": "success", "request_id": "abc"},
    {"code": 200, "msg": "OK", "trace": "t1"},
    {"msg": "succeeded", "trace": "t1"},
    {"status_code": 0, "status_msg": "success", "id": "7"},
    {"code": None, "message": "", "type": None, "param": None},
    {"status": {"code": 0}},
]  # fmt: skip
FAILED = [
    True, 7, "queue full", ["queue full"], {"code": 7}, {"message": "queue full"},
    {"code": 500, "message": "OK"}, {"type": "server_error", "code": 0}, {"status": {"code": 5}},
    {"reason": "queue full"},
]  # fmt: skip


@pytest.mark.parametrize("value", WELL, ids=json.dumps)
def test_a_field_that_says_that_all_is_well_is_no_error(value):
    assert not is_error(value)


@pytest.mark.parametrize("value", FAILED, ids=json.dumps)
def test_a_field_that_says_anything_else_is_one(value):
    assert is_error(value)


@pytest.mark.parametrize("name", ["code", "type", "reason"])
def test_a_field_without_an_end_is_one(name):
    value: object = 0
    for _ in range(5_000):
        value = {name: value}
    assert is_error({"code": value})
    lists: list = []
    for _ in range(5_000):
        lists = [lists]
    assert is_error({name: lists})
