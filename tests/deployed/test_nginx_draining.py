"""nginx between clients and our processes, which stubs play: drained ones, and large bodies."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from telephony.webhooks.decorators import TRY_NEXT
from testing.services.servers import free_port, missing, nginx

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]

FORM = b"CallSid=CA00"


class Media(ThreadingHTTPServer):
    """A media process as the webhook shows it: connects calls, or drains."""

    def __init__(self, *, drains: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.drains = drains
        self.asked: list[tuple[bytes, bool]] = []  # body, and whether nginx has others to ask


class _Handler(BaseHTTPRequestHandler):
    server: Media

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        has_others = TRY_NEXT in self.headers
        self.server.asked.append((body, has_others))
        answer = b"declined" if self.server.drains else b"connected"
        self.send_response(404 if self.server.drains and has_others else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Ask = Callable[..., httpx.Response]


@contextmanager
def fronted(*media: Media) -> Iterator[Ask]:
    """Ask these through the deployment's nginx."""
    with ExitStack() as stack:
        for server in media:
            stack.callback(server.server_close)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        port = free_port()
        ports = [server.server_address[1] for server in media]
        stack.enter_context(nginx(port=port, web=free_port(), media=ports))

        def ask(path: str = "/api/twilio/voice", **headers: str) -> httpx.Response:
            url = f"http://127.0.0.1:{port}{path}"
            return httpx.post(url, content=FORM, headers=headers, trust_env=False)

        yield ask


@pytest.mark.parametrize("path", ["/api/twilio/voice", "/api/twilio/dialed/3.token"])
def test_who_needs_room_goes_past_a_process_that_drains_every_time(path):
    draining, taking = Media(drains=True), Media(drains=False)
    with fronted(draining, taking) as ask:
        assert [ask(path).text for _ in range(6)] == ["connected"] * 6
        # It still answers for its own calls.
        statuses = {ask("/api/twilio/after/token").status_code for _ in range(6)}
    assert statuses == {200}
    assert draining.asked.count((FORM, True)) > 1
    assert (FORM, False) in draining.asked
    assert taking.asked.count((FORM, True)) == 6


def test_when_all_drain_the_caller_hears_it_in_words():
    both = Media(drains=True), Media(drains=True)
    with fronted(*both) as ask:
        answers = [ask(path) for path in ("/api/twilio/voice", "/api/twilio/dialed/3.token")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "declined")}


def test_no_client_can_say_that_there_are_others():
    media = Media(drains=True)
    with fronted(media) as ask:
        ask("/api/twilio/status", **{TRY_NEXT: "1"})
    assert media.asked == [(FORM, False)]


def test_what_is_larger_than_nginx_takes_gets_a_page_of_ours():
    port, asked = free_port(), Media(drains=False)
    with nginx(port=port, web=asked.server_address[1], media=[free_port()]):
        url = f"http://127.0.0.1:{port}/o/acorn/agents/import/"
        answer = httpx.post(url, content=b" " * 2_700_000, trust_env=False)
    asked.server_close()
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "This is too large to send" in answer.text
    assert asked.asked == []
