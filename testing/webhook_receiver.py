"""A server of an organization that takes webhooks, and misbehaves as it is told. Loopback alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PIECE: Final = b"<p>" + b"x" * 65_533
PATIENCE: Final = 20.0  # seconds after which a hanging answer gives up on the test


@dataclass
class Received:
    """One request: its path, headers and body."""

    path: str
    headers: Message
    body: bytes


@dataclass
class Receiver:
    """What came, and how the next requests are answered: `answer` writes to the connection."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answer: "Callable[[Connection, Received], None]" = field(default=lambda each, _: each.says(200))
    released: threading.Event = field(default_factory=threading.Event)  # ends what hangs


class Connection(BaseHTTPRequestHandler):
    """A connection to the receiver, with the ways in which it can answer."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver
    timeout = PATIENCE

    def do_POST(self) -> None:
        """Note the request, and answer as the receiver is told to."""
        length = int(self.headers["Content-Length"])
        received = Received(self.path, self.headers, self.rfile.read(length))
        self.receiver.requests.append(received)
        try:
            self.receiver.answer(self, received)
        except OSError:
            self.close_connection = True  # the sender had enough

    def do_GET(self) -> None:
        """A redirect that was followed would come here."""
        self.receiver.requests.append(Received(self.path, self.headers, b"GET"))
        self.says(200)

    def says(self, status: int, body: bytes = b"ok", **headers: str) -> None:
        """An ordinary answer. headers: `_` stands for `-`."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hangs(self) -> None:
        """No answer, and an open connection."""
        self.close_connection = True
        self.receiver.released.wait(PATIENCE)

    def dribbles(self, *, whole_head: bool) -> None:
        """A byte now and then, of the head or of the body behind it."""
        self.close_connection = True
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        if whole_head:
            self.wfile.write(head)
        for byte in b"x" * 10_000 if whole_head else head * 100:
            self.wfile.write(bytes((byte,)))
            if self.receiver.released.wait(0.02):
                return

    def breaks_off(self, said: bytes) -> None:
        """A few bytes that are no answer, and the end."""
        self.close_connection = True
        self.wfile.write(said)

    def floods(self, status: int, megabytes: int) -> None:
        """A page of so many megabytes."""
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(megabytes * 1024 * 1024))
        self.end_headers()
        for _ in range(megabytes * 16):
            self.wfile.write(PIECE)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A sender that closes is no error."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver while the block runs."""
    receiver = Receiver()
    handler = type("Handler", (Connection,), {"receiver": receiver})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        try:
            yield receiver
        finally:
            receiver.released.set()
            server.shutdown()
            thread.join()
