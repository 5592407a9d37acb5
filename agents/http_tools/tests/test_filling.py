"""Requests: placeholders are encoded for where they are, and change nothing else."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.http_tools.definition import Body, Definition
from agents.http_tools.filling import CannotFill, filled, lines_of, parts_of


def tool(url="https://api.example.com/orders", **fields) -> Definition:
    return Definition("find_order", "Finds an order.", url, **fields)


def test_a_value_in_the_path_stays_within_its_segment():
    sent = filled(tool("https://api.example.com/orders/{id}/x{id}?a=1"), {"id": "a b/ü?#%"}, {})
    quoted = "a%20b%2F%C3%BC%3F%23%25"
    assert sent.url == f"https://api.example.com/orders/{quoted}/x{quoted}?a=1"


@pytest.mark.parametrize("value", ["", ".", "..", "../admin", "..\\admin", "a/../../b"])
def test_a_value_that_leads_elsewhere_is_refused(value):
    with pytest.raises(CannotFill):
        filled(tool("https://api.example.com/orders/{id}"), {"id": value}, {})


def test_a_dot_before_a_value_does_not_make_two():
    with pytest.raises(CannotFill):
        filled(tool("https://api.example.com/.{id}/x"), {"id": "."}, {})


def test_values_in_the_query_are_encoded_and_what_is_left_out_is_not_sent():
    definition = tool("https://api.example.com/?q={q}&lang=en%20US&page={page}&k={secret.key}")
    sent = filled(definition, {"q": "a&admin=1#x +ü"}, {"key": "s&1"})
    assert parse_qs(urlsplit(sent.url).query) == {
        "q": ["a&admin=1#x +ü"], "lang": ["en US"], "k": ["s&1"],
    }  # fmt: skip
    assert urlsplit(sent.url).fragment == ""


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\x00", "\x7f"])
def test_a_line_break_in_a_header_is_refused(value):
    with pytest.raises(CannotFill):
        filled(tool(headers=(("X-Name", "to {name}"),)), {"name": value}, {})


def test_headers_have_secrets_and_unicode():
    headers = (("Authorization", "Bearer {secret.key}"), ("X-Name", " {name} "))
    sent = filled(tool(headers=headers), {"name": "Jürgen"}, {"key": "s3cret"})
    assert sent.headers["Authorization"] == b"Bearer s3cret"
    assert sent.headers["X-Name"] == "Jürgen".encode()
    assert sent.headers["Accept"] == b"application/json"


def test_a_document_keeps_its_structure_and_the_types_of_values():
    body = json.dumps(
        {
            "id": "{id}", "note": "for {name}!", "n": "{n}", "gift": "{gift}", "left": "{left}",
            "nothing": None, "list": ["{n}", 1], "in": {"deep": "{name}"},
        }
    )  # fmt: skip
    values = {"id": 'x", "admin": true, "y": "', "name": "Ann {id}", "n": 2.0, "gift": False}
    sent = filled(tool(method="POST", body_kind=Body.JSON, body=body), values, {})
    assert json.loads(sent.body) == {
        "id": 'x", "admin": true, "y": "', "note": "for Ann {id}!", "n": 2.0, "gift": False,
        "nothing": None, "list": [2.0, 1], "in": {"deep": "Ann {id}"},
    }  # fmt: skip
    assert sent.headers["Content-Type"] == b"application/json"


def test_fields_of_a_form_are_encoded():
    body = "to: {name}\nfixed: a: b\n\nleft: {left}"
    definition = tool(method="POST", body_kind=Body.FORM, body=body)
    sent = filled(definition, {"name": "Ann&admin=1"}, {})
    assert parse_qs(sent.body.decode()) == {"to": ["Ann&admin=1"], "fixed": ["a: b"]}


def test_what_writes_carries_the_key_of_its_run():
    assert filled(tool(writes=True), {}, {}, key="CA1:call1").headers["Idempotency-Key"] == (
        b"CA1:call1"
    )
    assert "Idempotency-Key" not in filled(tool(), {}, {}, key="CA1:call1").headers


def test_an_address_that_grows_without_end_is_refused():
    url = "https://api.example.com/?" + "&".join(f"a{n}={{x}}" for n in range(9))
    with pytest.raises(CannotFill):
        filled(tool(url), {"x": "ü" * 1_000}, {})


@pytest.mark.parametrize(
    "url", ["https://{host}/x", "https://api.{x}.com/", "//x", "api.example.com", "", "https://"]
)
def test_the_host_is_literal(url):
    assert parts_of(url) is None


def test_lines_without_a_colon_are_no_fields():
    assert lines_of("a: 1\nb") is None
    assert lines_of(": 1") is None
    assert lines_of("a: 1\n\n b : x:y ") == [("a", "1"), ("b", "x:y")]


@given(st.text(max_size=40))
def test_no_value_changes_where_a_request_goes(value):
    definition = tool(
        "https://api.example.com/orders/{x}?q={x}",
        method="POST",
        headers=(("X-A", "{x}"),),
        body_kind=Body.JSON,
        body='{"x": "{x}"}',
    )
    value = value.encode("utf-8", "replace").decode()
    try:
        sent = filled(definition, {"x": value}, {})
    except CannotFill:
        return
    parts = urlsplit(sent.url)
    assert (parts.scheme, parts.netloc) == ("https", "api.example.com")
    assert parts.path.count("/") == 2
    assert parse_qs(parts.query, keep_blank_values=True) == {"q": [value]}
    assert b"\n" not in sent.headers["X-A"]
    assert json.loads(sent.body) == {"x": value}
