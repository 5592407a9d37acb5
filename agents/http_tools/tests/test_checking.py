"""What is wrong with a definition, beside which field."""

from dataclasses import replace

import pytest

from agents.http_tools import limits
from agents.http_tools.checking import problems_of
from agents.http_tools.definition import Body, Definition, Kind, Parameter

GOOD = Definition(
    name="find_order",
    description="Finds an order by its number.",
    url="https://api.example.com/orders/{order_id}?key={secret.shop}",
    parameters=(Parameter("order_id"),),
)
MCP = {"method": "POST", "body_kind": Body.JSON, "body": '{"id": "{order_id}"}'}
SECRETS = {"shop": "api.example.com", "other": "other.example.com"}


@pytest.fixture(autouse=True)
def public_only(settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = False


def test_a_good_one_has_no_problem():
    assert problems_of(GOOD, secrets=SECRETS) == {}
    posts = replace(
        GOOD,
        method="POST",
        headers=(("Authorization", "Bearer {secret.shop}"), ("X-Note", "hello")),
        body_kind=Body.JSON,
        body='{"id": "{order_id}"}',
    )
    assert problems_of(posts, secrets=SECRETS) == {}
    assert problems_of(replace(GOOD, **MCP, remote="findOrder"), secrets=SECRETS) == {}


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {"name": "Find order"}),
        ("name", {"name": "take_message"}),
        ("name", {"name": "end_call"}),
        ("name", {"name": "x" * 41}),
        ("description", {"description": " "}),
        ("description", {"description": "x" * 501}),
        ("method", {"method": "TRACE"}),
        ("url", {"url": "http://api.example.com/{order_id}"}),
        ("url", {"url": "https://user:pw@api.example.com/{order_id}"}),
        ("url", {"url": "https://{order_id}.example.com/"}),
        ("url", {"url": "ftp://api.example.com/{order_id}"}),
        ("url", {"url": "https://api.example.com/{order_id}#x"}),
        ("url", {"url": "https://api.example.com/{order_id}/{secret.shop}"}),
        ("url", {"url": "https://api.example.com/{order_id}/{Other}"}),
        ("url", {"url": "https://api.example.com/{order_id}/{missing}"}),
        ("url", {"url": "https://api.example.com/{order_id}?k={secret.gone}"}),
        ("url", {"url": "https://api.example.com/{order_id}?k={secret.other}"}),
        ("url", {"url": "https://api.example.com/{order_id}" + "x" * limits.URL}),
        ("headers", {"headers": (("X Y", "1"),)}),
        ("headers", {"headers": (("Host", "evil.example"),)}),
        ("headers", {"headers": (("Transfer-Encoding", "chunked"),)}),
        ("headers", {"headers": (("X-A", "1"), ("x-a", "2"))}),
        ("headers", {"headers": (("Authorization", "Bearer sk-live-123"),)}),
        ("headers", {"headers": (("X-Api-Key", "123"),)}),
        ("headers", {"headers": (("X-A", "a\r\nb"),)}),
        ("body_kind", {"body_kind": Body.JSON, "body": "{}"}),
        ("body", {"method": "POST", "body_kind": Body.JSON, "body": '{"id": {order_id}}'}),
        ("body", {"method": "POST", "body_kind": Body.FORM, "body": "order"}),
        ("body", {"method": "POST", "body_kind": Body.FORM, "body": "a: {missing}"}),
        ("remote", {"remote": "find"}),
        ("remote", {"remote": "find", "method": "POST"}),
        ("remote", MCP | {"remote": "x" * 129}),
        ("remote", MCP | {"remote": "a\nb"}),
        ("pick", {"pick": "a..b"}),
        ("filler", {"filler": "One\ntwo"}),
        ("parameters", {"parameters": (Parameter("order_id"), Parameter("order_id"))}),
        ("parameters", {"parameters": (Parameter("order_id"), Parameter("unused"))}),
        ("parameters", {"parameters": (Parameter("order_id", Kind.CHOICE),)}),
        ("parameters", {"parameters": tuple(Parameter(f"p{n}") for n in range(11))}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field, changed):
    assert field in problems_of(replace(GOOD, **changed), secrets=SECRETS)
