"""A store of S3's kind that knows nothing of newer checksums, as many on the market do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ERROR = (
    '<?xml version="1.0"?><Error><Code>{code}</Code><Message>key AKIAFAKE0123 says no</Message>'
    "</Error>"
)


LISTING = (
    '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>{found}'
    "</ListBucketResult>"
)


class S3Server(ThreadingHTTPServer):
    """Keeps objects by path. `refusal`: a code and status that every request gets from now on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.refusal: tuple[str, int] | None = None
        self.is_forgetful = False  # gives back something else than was stored

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3Server

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._is_refused():
            return
        self.server.objects[self._path] = b"other" if self.server.is_forgetful else body
        self._answer(200)

    def do_GET(self) -> None:
        if self._is_refused():
            return
        asked = parse_qs(urlsplit(self.path).query)
        if "prefix" in asked:
            self._answer(200, self._listing(asked["prefix"][0]), kind="application/xml")
            return
        kept = self.server.objects.get(self._path)
        if kept is None:
            self._error("NoSuchKey", 404)
        else:
            self._answer(200, kept)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if not self._is_refused():
            self.server.objects.pop(self._path, None)
            self._answer(204)

    def _listing(self, prefix: str) -> bytes:
        """The keys in the bucket of the path that begin with this."""
        within = self._path.rstrip("/") + "/"
        keys = [path.removeprefix(within) for path in sorted(self.server.objects)]
        found = [f"<Contents><Key>{key}</Key></Contents>" for key in keys if key.startswith(prefix)]
        return LISTING.format(found="".join(found)).encode()

    @property
    def _path(self) -> str:
        return urlsplit(self.path).path

    def _is_refused(self) -> bool:
        sent = {name.lower(): value for name, value in self.headers.items()}
        is_new = "x-amz-sdk-checksum-algorithm" in sent or "x-amz-trailer" in sent
        if is_new or "aws-chunked" in sent.get("content-encoding", ""):
            self._error("InvalidArgument", 400)
            return True
        if self.server.refusal:
            self._error(*self.server.refusal)
            return True
        return False

    def _error(self, code: str, status: int) -> None:
        self._answer(status, ERROR.format(code=code).encode(), kind="application/xml")

    def _answer(self, status: int, body: bytes = b"", *, kind: str = "audio/basic") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 20:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Nothing on the console."""


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The server, listening until the block ends."""
    with S3Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
