"""Requests that are really sent, to servers as bad as there are."""

import asyncio
import json
from dataclasses import replace

import pytest

from agents.http_tools import calling, limits
from agents.http_tools.definition import Definition
from agents.tools.base import ToolFailed
from testing.guard import GUARD_SECONDS
from testing.providers.http_server import BreakOff, HttpServer
from voicex.fence import Bounds, lookup

READ = Definition("find_order", "Finds an order.", "https://api.example.com/", pick="data.name")
SECRET = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
async def within_reason():
    async with asyncio.timeout(GUARD_SECONDS):
        yield


async def asked(handler, definition=READ, *, secrets=None, path="/orders/1", private=True):
    """What the tool gives, and the requests that the server got."""
    async with HttpServer(handler) as server:
        sent = replace(definition, url=f"{server.origin}{path}")
        try:
            text = await calling.call(sent, {}, secrets or {}, key="CA1:1", allow_private=private)
        except ToolFailed as error:
            return error, server.requests
        return text, server.requests


def answering(content, content_type="application/json", status=200):
    async def handler(request, answer):
        await answer.begin(content_type, status)
        await answer.send(content if isinstance(content, bytes) else json.dumps(content).encode())

    return handler


async def test_the_part_of_the_answer_is_given():
    text, [request] = await asked(answering({"data": {"name": "Ann", "admin": True}}))
    assert text == "Ann"
    assert (request.method, request.path) == ("GET", "/orders/1")
    assert "idempotency-key" not in request.headers


@pytest.mark.parametrize(
    ("content", "pick", "text"),
    [
        ({"a": [1, "ü"]}, "", '{"a": [1, "ü"]}'),
        ({"a": None}, "a", "null"),
        (b"", "", "Done. The server answered without a text."),
    ],
)
async def test_whatever_is_picked_is_text(content, pick, text):
    found, _ = await asked(answering(content), replace(READ, pick=pick))
    assert found == text


async def test_plain_text_is_given_as_it_is():
    found, _ = await asked(answering(b"at nine", "text/plain"), replace(READ, pick=""))
    assert found == "at nine"


async def test_an_answer_is_cut_before_a_model_sees_it():
    found, _ = await asked(answering({"data": {"name": "x" * 9_000}}))
    assert len(found) == limits.RESULT


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (answering({"data": {}}), "has nothing at `data.name`"),
        (answering(b'{"data": '), "no JSON"),
        (answering(b"[" * 10_000), "no JSON"),
        (answering(b"<html>hello</html>", "text/html; charset=utf-8"), "web page"),
        (answering(b"x" * (limits.ANSWER_BYTES + 1)), "too large"),
        (answering({"error": "no"}, status=500), "has a fault (500)"),
        (answering({"error": "taken"}, status=409), "refused it (409). It says"),
        (answering(b"<html>secret page</html>", "text/html", 404), "refused it (404)."),
        (answering({}, status=401), "does not accept the tool's key"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(handler, said):
    error, requests = await asked(handler)
    assert isinstance(error, ToolFailed)
    assert said in str(error)
    assert len(requests) == 1


async def test_a_redirect_to_this_machine_is_not_followed():
    async def handler(request, answer):
        await answer.redirect("http://127.0.0.1:1/admin")

    error, requests = await asked(handler)
    assert "not followed" in str(error)
    assert len(requests) == 1


async def test_a_server_that_breaks_off_is_asked_once_and_its_doubt_is_told():
    async def handler(request, answer):
        raise BreakOff

    error, requests = await asked(handler, replace(READ, method="POST", writes=True))
    assert str(error) == "The server cannot be reached. It may or may not have happened."
    assert len(requests) == 1
    assert requests[0].headers["idempotency-key"] == "CA1:1"


async def test_a_server_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(calling, "BOUNDS", Bounds(answer_bytes=100, stream_bytes=100, seconds=0.1))

    async def handler(request, answer):
        await asyncio.Event().wait()

    error, _ = await asked(handler)
    assert str(error) == "The server did not answer in time."


async def test_a_private_address_is_refused_without_a_request():
    error, requests = await asked(answering({}), private=False)
    assert "may not be called" in str(error)
    assert requests == []


async def test_a_name_that_leads_here_is_refused(monkeypatch):
    leads_here = [(0, 0, 0, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(lookup.socket, "getaddrinfo", lambda *_, **__: leads_here)
    with pytest.raises(ToolFailed, match="may not be called"):
        await calling.call(READ, {}, {}, allow_private=False)


async def test_a_missing_secret_is_said_and_nothing_is_sent():
    definition = replace(READ, headers=(("Authorization", "Bearer {secret.key}"),))
    error, requests = await asked(answering({}), definition)
    assert str(error) == calling.NOT_SET_UP
    assert requests == []


@pytest.mark.parametrize("status", [200, 400])
async def test_a_secret_that_a_server_says_back_is_hidden(status):
    definition = replace(READ, pick="", headers=(("Authorization", "Bearer {secret.key}"),))
    given, [request] = await asked(
        answering({"you sent": SECRET}, status=status), definition, secrets={"key": SECRET}
    )
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(given)
    assert calling.HIDDEN in str(given)


@pytest.mark.parametrize("spelled", ["a%2Fb%2Bc%3D%20d", "a%2Fb%2Bc%3D+d", "a/b+c= d"])
def test_a_secret_is_hidden_as_it_was_sent_too(spelled):
    said = f"self: https://api.example.com/?key={spelled}&x=1"
    assert calling.hidden(said, {"key": "a/b+c= d"}) == (
        "self: https://api.example.com/?key=[secret]&x=1"
    )
