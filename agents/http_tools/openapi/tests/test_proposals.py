"""Tools proposed by an OpenAPI document, and documents that are none."""

import json
import time
from textwrap import dedent

import pytest
from django.core.exceptions import ValidationError

from agents.http_tools import limits
from agents.http_tools.checking import problems_of
from agents.http_tools.definition import Body, Kind
from agents.http_tools.openapi.proposals import MAX_CHARACTERS, MAX_PROPOSALS, proposals_in

SHOP = dedent("""
    openapi: 3.0.3
    servers:
      - url: https://{region}.example.com/v1/
        variables: {region: {default: eu}}
    security: [{shopKey: []}]
    paths:
      /orders/{orderId}:
        parameters:
          - $ref: '#/components/parameters/OrderId'
        get:
          operationId: getOrder
          summary: Finds an order.
          description: By its number.
          parameters:
            - {name: lang, in: query, schema: {type: string, enum: [en, de]}}
            - {name: X-Trace, in: header, schema: {type: boolean}}
            - {name: session, in: cookie, schema: {type: string}}
        delete:
          operationId: end-call
          security: []
      /orders:
        post:
          operationId: createOrder
          requestBody:
            content:
              application/json:
                schema: {$ref: '#/components/schemas/Order'}
    components:
      securitySchemes:
        shopKey: {type: http, scheme: bearer}
      parameters:
        OrderId: {name: orderId, in: path, required: true, schema: {type: string}}
      schemas:
        Order:
          type: object
          required: [item, address]
          properties:
            note: {type: string}
            item: {type: string, description: What is ordered.}
            count: {type: integer}
            address:
              type: object
              required: [city]
              properties: {city: {type: string}}
            tags: {type: array, items: {type: string}}
            self: {$ref: '#/components/schemas/Order'}
""")


def test_each_operation_is_a_tool_that_could_be_saved(settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    get, delete, post = proposals_in(SHOP)
    found = get.definition
    assert (found.name, found.method, found.writes) == ("get_order", "GET", False)
    assert found.url == "https://eu.example.com/v1/orders/{order_id}?lang={lang}"
    assert found.description == "Finds an order. By its number."
    assert found.headers == (
        ("X-Trace", "{x_trace}"), ("Authorization", "Bearer {secret.shop_key}"),
    )  # fmt: skip
    kinds = {each.name: (each.kind, each.is_required) for each in found.parameters}
    assert kinds == {
        "order_id": (Kind.TEXT, True),
        "lang": (Kind.CHOICE, False),
        "x_trace": (Kind.YES_NO, False),
    }
    assert "shop_key" in " ".join(get.notes)
    secrets = {"shop_key": "eu.example.com"}
    assert problems_of(found, secrets=secrets) == {}
    assert delete.definition.name != "end_call"
    assert (delete.definition.writes, delete.definition.asks_first) == (True, True)
    made = post.definition
    assert made.body_kind is Body.JSON
    body = json.loads(made.body)
    assert body["address"] == {"city": "{address_city}"}
    assert (body["item"], body["count"]) == ("{item}", "{count}")
    assert "tags" not in body
    assert problems_of(made, secrets=secrets).keys() <= {"description", "parameters"}


def test_the_same_document_in_json_is_read_alike():
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example.com"}],
        "paths": {
            "/a": {"get": {"parameters": [{"name": "q", "in": "query", "required": True,
                                           "schema": {"type": ["null", "number"]}}]}}
        },
    }  # fmt: skip
    [found] = proposals_in(json.dumps(document))
    assert found.definition.name == "get_a"
    [parameter] = found.definition.parameters
    assert (parameter.kind, parameter.is_required) == (Kind.NUMBER, True)


def bomb() -> str:
    lines = ["openapi: 3.0.0", "a: &a [x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "swagger: '2.0'", "[1, 2]", "{", "a: b: c", bomb(), "\x00",
        "openapi: 3.0.0\na: " + "[" * 5_000,
        "x: !!python/object/apply:os.system ['true']",
        '{"openapi": "3.0.0", "a": ' + "[" * 50_000,
        "x" * (MAX_CHARACTERS + 1),
    ],
)  # fmt: skip
def test_what_is_no_such_document_is_refused_in_words(text):
    with pytest.raises(ValidationError) as refused:
        proposals_in(text)
    assert "document" in refused.value.message_dict


@pytest.mark.parametrize(
    "paths",
    [
        None, [], "x", {"/a": None}, {"/a": {"get": "x"}}, {"/a": {"$ref": "#/paths/~1a"}},
        {"/a": {"$ref": "https://elsewhere.example/a"}},
    ],
)  # fmt: skip
def test_parts_that_mean_nothing_are_passed_over(paths):
    assert proposals_in(json.dumps({"openapi": "3.0.0", "paths": paths})) == []


def test_strange_operations_still_become_forms():
    operation = {
        "operationId": 7, "summary": ["x"], "parameters": [None, {"in": "query"}, {"$ref": 3}],
        "security": "x", "requestBody": {"content": {"application/json": {"schema": 1}}},
    }  # fmt: skip
    document = {"openapi": "3", "servers": "x", "paths": {"/{a}/{ b }": {"post": operation}}}
    [found] = proposals_in(json.dumps(document))
    assert found.definition.name == "x_7"
    assert found.definition.body == "{}"


def test_names_are_given_once_and_operations_are_bounded():
    paths = {f"/{n}": {"get": {"operationId": "find"}} for n in range(MAX_PROPOSALS + 5)}
    found = proposals_in(json.dumps({"openapi": "3.0.0", "paths": paths}))
    names = [each.definition.name for each in found]
    assert len(names) == len(set(names)) == MAX_PROPOSALS
    assert names[:2] == ["find", "find_2"]


def doubled_defaults():
    """A server whose variables name one another: 36 steps would make 70 billion characters."""
    variables = {f"v{n}": {"default": f"{{v{n + 1}}}" * 2} for n in range(36)}
    return {"servers": [{"url": "https://shop.example.com/{v0}", "variables": variables}]}


def shared_choices():
    """One parameter of 20,000 choices that each operation refers to many times."""
    parameter = {"name": "a", "in": "query", "schema": {"enum": ["1"] * 20_000}}
    item = {"parameters": [{"$ref": "#/x/p"}] * 2_000, "get": {}}
    return {"x": {"p": parameter, "i": item}, "paths": paths_to("#/x/i")}


def an_object_of_itself():
    """A body whose every member is of its own kind."""
    member = {"$ref": "#/x/o"}
    known = {f"m{n}": member for n in range(1_000)}
    body = {"type": "object", "properties": known, "required": list(known)}
    content = {"application/json": {"schema": member}}
    item = {"post": {"requestBody": {"content": content}}}
    return {"x": {"o": body, "i": item}, "paths": paths_to("#/x/i")}


def long_words():
    """A description that fills the document, in each of many parameters."""
    parameter = {"name": "a", "in": "query", "description": "a " * 60_000}
    item = {"parameters": [{"$ref": "#/x/p"}] * 1_000, "get": {}}
    return {"x": {"p": parameter, "i": item}, "paths": paths_to("#/x/i")}


def parts_of_alternatives():
    """Bodies whose members are made of parts, those of alternatives, those of references."""
    chain = {f"r{n}": {"$ref": f"#/x/r{n + 1}"} for n in range(10)}
    whole = {"allOf": [{"$ref": "#/x/some"}] * 20}
    known = {f"m{n}": {"allOf": [{"$ref": "#/x/whole"}] * 2} for n in range(100)}
    body = {"type": "object", "properties": known, "required": list(known)}
    content = {"application/json": {"schema": {"$ref": "#/x/o"}}}
    some = {"anyOf": [{"$ref": "#/x/r0"}] * 20}
    item = {"post": {"requestBody": {"content": content}}}
    parts = {"some": some, "whole": whole, "o": body, "i": item, **chain}
    return {"x": parts, "paths": paths_to("#/x/i")}


def paths_to(reference):
    return {f"/p{n}": {"$ref": reference} for n in range(200)}


@pytest.mark.parametrize(
    "document",
    [doubled_defaults, shared_choices, an_object_of_itself, long_words, parts_of_alternatives],
)
def test_a_document_whose_parts_name_one_another_takes_no_longer_than_its_text(document):
    text = json.dumps({"openapi": "3.0.0", **document()})
    assert len(text) <= MAX_CHARACTERS
    began = time.thread_time()
    found = proposals_in(text)
    assert time.thread_time() - began < 1.0  # without bounds hours, or all memory
    assert all(len(each.definition.url) <= 500 for each in found)


def proposed(operation, *, shared=(), **components):
    """The proposal for a POST."""
    item = {"parameters": list(shared), "post": operation}
    document = {"openapi": "3.1.0", "paths": {"/a": item}, "components": {"schemas": components}}
    [found] = proposals_in(json.dumps(document))
    return found


def body_with(properties, *, media="application/json", **components):
    """The proposal for a POST with a body of these members."""
    schema = {"type": "object", "properties": properties}
    return proposed({"requestBody": {"content": {media: {"schema": schema}}}}, **components)


ADDRESS = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
COLOR = {"type": "string", "enum": ["red", "blue"], "description": "Of paint."}


def either(*kinds, name="anyOf"):
    return {name: list(kinds)}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (either({"type": "integer"}, NULL), Kind.NUMBER),
        (either(NULL, {"type": "boolean"}, name="oneOf"), Kind.YES_NO),
        (either(ref("Color"), NULL), Kind.CHOICE),
        (either(ref("Color"), name="allOf"), Kind.CHOICE),
        (either(ref("Color"), {"nullable": True}, name="allOf"), Kind.CHOICE),
        ({"type": ["string", "null"], "enum": ["red", "blue", None]}, Kind.CHOICE),
        (either(either(ref("Color"), NULL), NULL), Kind.CHOICE),
        # Of several the one that holds the others: nothing that they allow is refused.
        (either({"type": "integer"}, {"type": "string"}), Kind.TEXT),
        (either(COLOR, {"type": "string"}), Kind.TEXT),
        (either({"type": "array"}, {"type": "number"}, NULL), Kind.NUMBER),
        (either({"const": "a"}, {"const": "b"}, name="oneOf"), Kind.TEXT),
    ],
)
def test_a_value_that_may_be_null_or_another_is_of_its_kind(schema, kind):
    found = body_with({"x": schema}, Color=COLOR)
    [parameter] = found.definition.parameters
    assert parameter.kind is kind
    assert parameter.choices == (("red", "blue") if kind is Kind.CHOICE else ())
    assert found.notes == ()


def test_what_is_said_beside_alternatives_goes_before_their_own_words():
    found = body_with({"x": either(ref("Color"), NULL) | {"description": "Of the roof."},
                       "y": either(ref("Color"), NULL)}, Color=COLOR)  # fmt: skip
    assert [each.description for each in found.definition.parameters] == [
        "Of the roof.", "Of paint.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "schema",
    [
        either({"type": "array", "items": {"type": "string"}}, NULL),
        either(ref("Address"), {"type": "array"}),
        either(ref("Address"), {"type": "object", "properties": {}}, name="oneOf"),
        {"items": {"type": "string"}},
    ],
)
def test_a_list_or_one_of_several_objects_is_left_out_with_a_note(schema):
    found = body_with({"x": schema, "y": {"type": "string"}}, Address=ADDRESS)
    assert json.loads(found.definition.body) == {"y": "{y}"}
    [note] = found.notes
    assert "x was left out" in note


@pytest.mark.parametrize(
    "schema",
    [
        either(ref("Address"), NULL),
        either(ref("Address"), name="allOf"),
        either(ref("Address"), name="allOf") | {"type": "object"},
        either(ref("Address"), {"properties": {"zip": {}}, "required": ["zip"]}, name="allOf"),
        either(ref("Address"), name="allOf") | {"properties": {"zip": {"type": "string"}}},
    ],
)
def test_an_object_in_parts_or_that_may_be_null_has_its_members(schema):
    found = body_with({"x": schema}, Address=ADDRESS)
    parts = json.dumps(schema)
    zipped = {"zip": "{x_zip}"} if "zip" in parts else {}
    assert json.loads(found.definition.body) == {"x": {"city": "{x_city}"} | zipped}


def test_a_body_in_parts_is_described_and_knows_what_it_needs():
    parts = either(ref("Address"), {"required": ["name"], "properties": {"name": {}}}, name="allOf")
    content = {"application/json": {"schema": parts}}
    found = proposed({"requestBody": {"content": content}}, Address=ADDRESS)
    assert {each.name for each in found.definition.parameters if each.is_required} == {
        "city", "name",
    }  # fmt: skip
    assert found.notes == ()


def test_alternatives_that_name_one_another_end():
    loop = either(ref("Loop"), NULL)
    tree = either(*[ref("Tree")] * 20, name="allOf")
    found = body_with({"x": ref("Loop"), "y": ref("Tree")}, Loop=loop, Tree=tree)
    assert json.loads(found.definition.body) == {"x": "{x}", "y": "{y}"}


def test_an_operations_parameter_goes_before_its_paths():
    def given(kind, place="query", **more):
        return {"name": "limit", "in": place, "schema": {"type": kind}, **more}

    shared = [given("string"), given("string", "header"), {"name": "b", "in": "query"}]
    own = [given("integer", required=True), given("string", "header") | {"name": "Limit"}]
    found = proposed({"parameters": own}, shared=shared).definition
    assert found.url.endswith("?limit={limit}&b={b}")
    assert found.headers == (("Limit", "{limit}"),)
    assert found.parameters[0].kind is Kind.NUMBER
    assert found.parameters[0].is_required


@pytest.mark.parametrize(
    ("media", "kind", "headers"),
    [
        ("application/json; charset=utf-8", Body.JSON, ()),
        ("Application/JSON", Body.JSON, ()),
        ("*/*", Body.JSON, ()),
        ("*/json", Body.JSON, ()),
        ("text/json", Body.JSON, (("Content-Type", "text/json"),)),
        ("application/vnd.api+json", Body.JSON, (("Content-Type", "application/vnd.api+json"),)),
        ("application/x-www-form-urlencoded;charset=utf-8", Body.FORM, ()),
    ],
)
def test_a_body_is_known_by_any_form_of_its_media_type(media, kind, headers):
    found = body_with({"y": {"type": "string"}}, media=media)
    assert (found.definition.body_kind, found.definition.headers) == (kind, headers)
    assert [each.name for each in found.definition.parameters] == ["y"]


def test_of_too_many_headers_the_media_type_stays():
    parameters = [{"name": f"X-{n}", "in": "header"} for n in range(limits.HEADERS)]
    content = {"application/vnd.api+json": {"schema": {"properties": {"y": {}}}}}
    found = proposed({"parameters": parameters, "requestBody": {"content": content}}).definition
    assert len(found.headers) == limits.HEADERS
    assert ("Content-Type", "application/vnd.api+json") in found.headers


def test_a_body_that_cannot_be_sent_is_noted():
    found = body_with({"y": {"type": "string"}}, media="multipart/form-data")
    assert found.definition.body_kind is Body.NONE
    assert "Its body isn’t described" in found.notes[0]
    assert proposed({}).notes == ()
