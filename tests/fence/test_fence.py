"""Addresses that clients name: which are asked, which connection is opened, what may come back."""

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable

import httpcore2
import httpx2
import pytest

from testing.guard import GUARD_SECONDS
from testing.providers.certificates import Authority
from testing.providers.http_server import Answer, HttpServer, Request
from voicex import fence
from voicex.errors import EndpointRefused
from voicex.fence import connections, lookup
from voicex.fence.clients import Bounds

TIMEOUT = httpx2.Timeout(5)


@pytest.fixture(autouse=True)
async def within_reason():
    async with asyncio.timeout(GUARD_SECONDS):
        yield


class Names(dict[str, list[list[str]]]):
    """What names lead to: each lookup takes the next answer, and the last one stays."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, port: object, *_: object, **__: object) -> list[tuple]:
        """As of the socket module, which is asked for addresses, too."""
        if host[0].isdigit():
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        self.asked.append(host)
        if host not in self:
            raise socket.gaierror("not known")
        found = self[host].pop(0) if len(self[host]) > 1 else self[host][0]
        return [(0, 0, 0, "", (address, 0)) for address in found]


@pytest.fixture
def names(monkeypatch):
    names = Names()
    monkeypatch.setattr(lookup.socket, "getaddrinfo", names.getaddrinfo)
    return names


async def hello(_request: Request, answer: Answer) -> None:
    await answer.begin("text/plain")
    await answer.send(b"hello")


async def asked(url: str, *, allow_private: bool = True, **options) -> httpx2.Response:
    """The answer to a GET by the client of an event loop."""
    options = {"timeout": TIMEOUT, **options}
    async with fence.async_client(allow_private=allow_private, **options) as client:
        return await client.get(url)


async def asked_on_a_thread(url: str, *, allow_private: bool = True, **options) -> httpx2.Response:
    """The answer to a GET by the client of a thread."""

    def ask() -> httpx2.Response:
        given = {"timeout": TIMEOUT, **options}
        with fence.client(allow_private=allow_private, **given) as client:
            return client.get(url)

    return await asyncio.to_thread(ask)


BOTH = pytest.mark.parametrize("ask", [asked, asked_on_a_thread])
Ask = Callable[..., "asyncio.Future[httpx2.Response]"]

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "2a00:1450:4001:830::200e"]
PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.9",
    "100.100.100.200",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "not an address",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address):
    assert fence.is_allowed(address, allow_private=False)
    assert fence.is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_allowed_where_a_setting_says_so(address):
    assert not fence.is_allowed(address, allow_private=False)
    assert fence.is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_multicast_and_hidden_ipv4_are_never_allowed(address):
    assert not fence.is_allowed(address, allow_private=False)
    assert not fence.is_allowed(address, allow_private=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_url"),
        ("models.example", "no_url"),
        ("https://", "no_url"),
        ("https://models.example/v1?key=1", "no_url"),
        ("https://models.example/v1#x", "no_url"),
        ("https://models.example:99999/", "no_url"),
        ("https://mod\nels.example/", "no_url"),
        ("https://xn--\u2603.example/", "no_url"),
        ("https://models.example/" + "a" * 200, "no_url"),
        ("http://models.example/v1", "scheme"),
        ("ftp://models.example/v1", "scheme"),
        ("file:///etc/passwd", "no_url"),
        ("http://10.0.0.1/v1", "scheme"),
        ("http://127.0.0.1.nip.io/v1", "scheme"),
        ("http://2130706433/v1", "scheme"),
        ("http://0x7f.1/v1", "scheme"),
        ("https://user:pw@models.example/v1", "userinfo"),
        ("https://api.openai.com@models.example/v1", "userinfo"),
    ],
)
def test_an_address_of_another_form_is_refused(text, reason):
    for allow_private in (False, True):
        with pytest.raises(EndpointRefused) as refused:
            fence.clean_url(text, allow_private=allow_private)
        assert refused.value.reason == reason


def test_http_is_for_this_machine_where_a_setting_says_so():
    for text in ("http://localhost:11434/v1", "http://127.0.0.1/v1", "http://[::1]:8080"):
        assert fence.clean_url(f" {text}/ ", allow_private=True) == text
        with pytest.raises(EndpointRefused):
            fence.clean_url(text, allow_private=False)


def test_an_address_is_kept_in_one_form():
    clean = fence.clean_url("HTTPS://Models.Example:443/v1/", allow_private=False)
    assert clean == "https://models.example/v1"


@BOTH
@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.1"],
)
async def test_no_spelling_of_this_machine_is_connected_to(ask: Ask, host):
    async with HttpServer(hello) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"https://{host}:{server.port}/", allow_private=False)
        assert server.connections == 0
    assert refused.value.reason == "address"


@BOTH
async def test_a_name_that_leads_to_this_machine_is_not_connected_to(ask: Ask, names):
    names["inside.example"] = [["127.0.0.1"]]
    async with HttpServer(hello) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"https://inside.example:{server.port}/", allow_private=False)
        assert server.connections == 0
    assert refused.value.reason == "address"


@BOTH
async def test_a_name_with_one_private_address_among_public_ones_is_refused(ask: Ask, names):
    names["mixed.example"] = [["93.184.216.34", "127.0.0.1"]]
    with pytest.raises(EndpointRefused):
        await ask("https://mixed.example/", allow_private=False)


class Opened(Exception):
    """A connection would be opened to this address."""


class AsyncOpener(httpcore2.AsyncNetworkBackend):
    async def connect_tcp(self, host, *_args, **_options):
        raise Opened(host)


class Opener(httpcore2.NetworkBackend):
    def connect_tcp(self, host, *_args, **_options):
        raise Opened(host)


async def test_a_name_that_changes_after_the_look_is_connected_as_it_was(names):
    names["turns.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    backend = connections.AsyncConnections(allow_private=False, opened_by=AsyncOpener())
    with pytest.raises(Opened, match=r"^93\.184\.216\.34$"):
        await backend.connect_tcp("turns.example", 443)
    assert names.asked == ["turns.example"]
    with pytest.raises(EndpointRefused):
        await backend.connect_tcp("turns.example", 443)


def test_a_name_that_changes_after_the_look_is_connected_as_it_was_on_a_thread(names):
    names["turns.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    backend = connections.Connections(allow_private=False, seconds=5, opened_by=Opener())
    with pytest.raises(Opened, match=r"^93\.184\.216\.34$"):
        backend.connect_tcp("turns.example", 443)
    assert names.asked == ["turns.example"]
    with pytest.raises(EndpointRefused):
        backend.connect_tcp("turns.example", 443)


class Elsewhere(httpcore2.AsyncNetworkStream):
    """A connection that was sent round on its way."""

    closed = False

    def get_extra_info(self, info):
        return ("127.0.0.1", 443) if info == "server_addr" else None

    async def aclose(self):
        Elsewhere.closed = True


async def test_a_connection_that_ended_elsewhere_is_given_up(names):
    class Redirected(httpcore2.AsyncNetworkBackend):
        async def connect_tcp(self, *_args, **_options):
            return Elsewhere()

    names["models.example"] = [["93.184.216.34"]]
    backend = connections.AsyncConnections(allow_private=False, opened_by=Redirected())
    with pytest.raises(EndpointRefused):
        await backend.connect_tcp("models.example", 443)
    assert Elsewhere.closed


@BOTH
async def test_tls_and_the_request_ask_for_the_name(ask: Ask, names, tmp_path):
    authority = Authority(tmp_path)
    names["models.example"] = [["127.0.0.1"]]
    async with HttpServer(hello, tls=authority.server("models.example")) as server:
        answer = await ask(
            f"https://models.example:{server.port}/v1", certificates=authority.trusted
        )
        assert answer.text == "hello"
        assert server.requests[0].headers["host"] == f"models.example:{server.port}"


@BOTH
async def test_a_server_that_proves_another_name_is_not_asked(ask: Ask, names, tmp_path):
    authority = Authority(tmp_path)
    names["models.example"] = [["127.0.0.1"]]
    async with HttpServer(hello, tls=authority.server("other.example")) as server:
        with pytest.raises((httpx2.ConnectError, httpx2.ReadError)):
            await ask(f"https://models.example:{server.port}/v1", certificates=authority.trusted)
        assert server.requests == []


@BOTH
async def test_a_name_that_does_not_resolve_is_not_reachable(ask: Ask, names):
    with pytest.raises(httpx2.ConnectError):
        await ask("https://unknown.example/")


@BOTH
async def test_a_redirect_is_not_followed(ask: Ask):
    async with HttpServer(hello) as other:

        async def leads_away(_request: Request, answer: Answer) -> None:
            await answer.redirect(f"{other.origin}/")

        async with HttpServer(leads_away) as server:
            answer = await ask(f"{server.origin}/")
        assert answer.status_code == 302
        assert other.connections == 0


@BOTH
async def test_proxies_of_the_environment_are_passed_by(ask: Ask, monkeypatch):
    async with HttpServer(hello) as proxy, HttpServer(hello) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        assert (await ask(f"{server.origin}/")).text == "hello"
        assert proxy.connections == 0


@BOTH
async def test_an_answer_that_is_too_large_is_given_up(ask: Ask):
    async def pours(_request: Request, answer: Answer) -> None:
        await answer.begin("text/plain")
        while True:
            await answer.send(b"x" * 65_536)

    async with HttpServer(pours) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"{server.origin}/", bounds=Bounds(answer_bytes=1_000_000))
    assert refused.value.reason == "too_large"


@BOTH
async def test_an_answer_in_too_many_pieces_is_given_up(ask: Ask):
    async def crumbles(_request: Request, answer: Answer) -> None:
        await answer.begin("text/plain")
        while True:
            await answer.write_raw(b"1\r\nx\r\n" * 10_000)

    async with HttpServer(crumbles) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"{server.origin}/")
    assert refused.value.reason == "too_large"


@BOTH
async def test_heads_before_an_answer_that_never_comes_are_given_up(ask: Ask):
    async def promises(_request: Request, answer: Answer) -> None:
        while True:
            await answer.write_raw(b"HTTP/1.1 100 \r\n\r\n" * 10_000)

    async with HttpServer(promises) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"{server.origin}/")
    assert refused.value.reason == "too_large"


async def test_others_have_their_turn_while_an_answer_comes_in_pieces():
    async def crumbles(_request: Request, answer: Answer) -> None:
        await answer.begin("text/plain")
        await answer.write_raw(b"1\r\nx\r\n" * 900)

    turns = 0

    async def counts() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with (
        HttpServer(crumbles) as server,
        fence.async_client(allow_private=True, timeout=TIMEOUT) as client,
        client.stream("GET", f"{server.origin}/") as answer,
    ):
        parts = answer.aiter_raw()
        await anext(parts)
        other = asyncio.create_task(counts())
        turns_before_the_end = [turns async for _ in parts]
        other.cancel()
    assert turns_before_the_end[-1] >= 900 // 50 - 2


@pytest.mark.parametrize(
    ("accept", "is_allowed"),
    [
        ("application/octet-stream", True),
        ("text/event-stream, application/json", True),
        ("application/json", False),
    ],
)
async def test_a_stream_may_be_larger_than_what_has_to_be_kept(accept, is_allowed):
    async def sends(_request: Request, answer: Answer) -> None:
        await answer.begin("audio/pcm")
        for _ in range(20):
            await answer.send(b"x" * 100_000)

    async with (
        HttpServer(sends) as server,
        fence.async_client(allow_private=True, timeout=TIMEOUT) as client,
    ):
        asked = client.get(f"{server.origin}/", headers={"Accept": accept})
        if is_allowed:
            assert len((await asked).content) == 2_000_000
        else:
            with pytest.raises(EndpointRefused):
                await asked


async def test_connections_are_kept_for_the_next_request():
    async with (
        HttpServer(hello) as server,
        fence.async_client(allow_private=True, timeout=TIMEOUT) as client,
    ):
        for _ in range(30):  # each with a head of its own
            assert (await client.get(f"{server.origin}/{'a' * 8000}")).text == "hello"
        assert server.connections == 1


@BOTH
@pytest.mark.parametrize("where", ["head", "body"])
async def test_an_answer_in_drops_ends_at_its_moment(ask: Ask, where):
    async def drips(_request: Request, answer: Answer) -> None:
        if where == "body":
            await answer.begin("text/plain")
        while True:
            await answer.write_raw(b"1\r\nx\r\n" if where == "body" else b"HTTP/1.1 100 \r\n\r\n")
            await asyncio.sleep(0.02)

    async with HttpServer(drips) as server:
        with pytest.raises((EndpointRefused, httpx2.ReadTimeout)):
            await ask(f"{server.origin}/", bounds=Bounds(seconds=0.2))


@BOTH
async def test_a_compressed_answer_is_refused_and_not_asked_for(ask: Ask):
    async def unfolds(_request: Request, answer: Answer) -> None:
        await answer.begin("text/plain", encoding="gzip")
        await answer.send(gzip.compress(b"\0" * 50_000_000))

    async with HttpServer(unfolds) as server:
        with pytest.raises(EndpointRefused) as refused:
            await ask(f"{server.origin}/")
        assert server.requests[0].headers["accept-encoding"] == "identity"
    assert refused.value.reason == "encoded"


@BOTH
async def test_an_address_with_a_user_is_refused_wherever_it_comes_from(ask: Ask):
    async with HttpServer(hello) as server:
        with pytest.raises(EndpointRefused):
            await ask(f"http://user:pw@127.0.0.1:{server.port}/")
        assert server.connections == 0


async def test_a_slow_name_server_holds_up_no_other_lookup(monkeypatch):
    answer, has_answered = threading.Event(), threading.Event()

    def slow(_host: str, _port: object, **_: object) -> list[tuple]:
        answer.wait(GUARD_SECONDS)
        has_answered.set()
        return [(0, 0, 0, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(lookup.socket, "getaddrinfo", slow)
    backend = connections.AsyncConnections(allow_private=False)
    waiting = [
        asyncio.create_task(backend.connect_tcp("slow.example", 443, 0.05)) for _ in range(100)
    ]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in results} == {httpcore2.ConnectTimeout}
    assert len(lookup._under_way) == 1  # one thread for all who ask for one name
    assert await asyncio.to_thread(lambda: 1) == 1  # the threads of the loop are free
    answer.set()
    assert has_answered.wait(GUARD_SECONDS)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("ISO-8859-15", "20 €"),
        ("windows-1252", "20 ¤"),
        ("utf-8", "20 \ufffd"),
        # Names that Python knows, or takes for none: a stranger's server wrote them.
        *(
            (name, "20 \ufffd")
            for name in ("punycode", "idna", "undefined", "zlib", "a\0", "x" * 40)
        ),
    ],
)
def test_a_text_is_read_in_the_charsets_of_the_web_alone(charset, text):
    assert fence.Response(200, "text/plain", b"20 \xa4", charset).text() == text


@pytest.mark.parametrize(
    "charset", [f"iso-8859-{each}" for each in (*range(1, 12), 13, 14, 15, 16)]
)
def test_every_charset_that_is_taken_is_one(charset):
    assert fence.Response(200, "text/plain", b"Hi", charset).text() == "Hi"
