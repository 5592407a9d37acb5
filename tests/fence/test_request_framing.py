"""Requests that are made of too many small things: lines, pieces, requests before an answer.

Each costs the loop of all calls as much as a large one, and 64 KB of them are read at one go.
"""

import pytest

from tests.fence.test_guarded_http import GET, served, until
from voicex.web.guarded_http import MAX_FRAMING_BYTES, MAX_HEADERS, MAX_PIPELINED
from voicex.web.request_limiter import ABORT

IN_PIECES = b"POST /page HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_a_header_of_many_short_lines_is_refused():
    async with served(most=8) as site:
        site.may_answer.set()
        client = await site.opens()
        client.sends(b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * MAX_HEADERS + b"\r\n")
        assert await client.status() == 200
        client.sends(b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * (MAX_HEADERS + 1) + b"\r\n")
        assert b" 431 " in await client.reads_to_the_end()
        assert site.asked == ["/"]


async def test_requests_that_wait_for_no_answer_end_with_their_connection():
    async with served(most=8) as site:
        polite, flood = await site.opens(), await site.opens()
        polite.sends(GET * MAX_PIPELINED)
        flood.sends(GET * 3_000)  # at one go: nobody else is heard meanwhile
        assert await flood.reads_to_the_end() == b""
        site.may_answer.set()
        assert [await polite.status() for _ in range(MAX_PIPELINED)] == [200] * MAX_PIPELINED
        assert len(site.asked) <= MAX_PIPELINED + 1


async def test_what_follows_a_body_is_no_header():
    async with served(most=8, address_header=b"x-real-ip") as site:
        site.may_answer.set()
        client = await site.opens()
        client.sends(IN_PIECES + b"2\r\nab\r\n0\r\nX-Real-IP: 192.0.2.9\r\nCookie: a=b\r\n\r\n")
        assert await client.status() == 200
        assert [name for name, _ in site.scope["headers"]] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize(
    "endless",
    [
        b"1\r\na\r\n" * MAX_FRAMING_BYTES,  # pieces of one byte
        b"1;" + b"a" * 3 * MAX_FRAMING_BYTES,  # something about a piece
        b"0\r\n" + b"a:\r\n" * MAX_FRAMING_BYTES,  # short lines after the last one
        b"0\r\na:" + b"a" * 3 * MAX_FRAMING_BYTES,  # a long line there
    ],
    ids=["pieces", "extension", "lines", "line"],
)
async def test_what_comes_with_a_body_and_is_none_of_it_is_bounded(endless):
    async with served(most=8) as site:
        client = await site.opens()
        client.sends(IN_PIECES + endless)
        await client.reads_to_the_end()
        await until(lambda: len(site.connections) == 0)


async def test_a_large_body_in_pieces_of_the_usual_size_is_taken():
    async with served(most=8) as site:
        site.may_answer.set()
        client = await site.opens()
        client.sends(IN_PIECES + (b"400\r\n" + b"a" * 1_024 + b"\r\n") * 2_000 + b"0\r\n\r\n")
        assert await client.status() == 200


async def test_an_application_can_end_the_connection_of_a_request():
    async with served(most=8) as site:
        client = await site.opens()
        client.sends(GET)
        await until(lambda: site.scope is not None)
        site.scope[ABORT]()
        assert await client.reads_to_the_end() == b""
        await until(lambda: len(site.connections) == 0)
