"""A server on loopback that speaks as much of Twilio's REST API as we ask for."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

SID = "AC" + "1" * 32
TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
ROOT = f"/2010-04-01/Accounts/{SID}"


def number(index: int, **fields: Any) -> dict[str, Any]:
    """A number as Twilio describes one, without any URL."""
    return {
        "sid": f"PN{index:032x}",
        "account_sid": SID,
        "phone_number": f"+1202555{index:04}",
        "friendly_name": f"Line {index}",
        "voice_url": "",
        "voice_method": "POST",
        "voice_fallback_url": "",
        "status_callback": "",
        "trunk_sid": None,
        "voice_application_sid": "",
    } | fields


def offer(phone_number: str, *, locality: str | None = None, region: str = "") -> dict[str, Any]:
    """A number on sale, as Twilio describes one."""
    return {
        "phone_number": phone_number,
        "friendly_name": phone_number,
        "locality": locality,
        "region": region,
        "address_requirements": "none",
        "capabilities": {"voice": True},
    }


@dataclass
class FakeTwilio:
    """The account SID with TOKEN. `fault`: an HTTP status that every request gets instead;
    `faults`: those that the next ones get, one each.

    region: the one that alone knows TOKEN, "" for the first. sold: the numbers that can be bought,
    by country and kind, as ("US", "Local"). Of a pair that is missing none are sold. refusal:
    Twilio's code for every purchase.
    """

    url: str = ""
    region: str = ""
    numbers: list[dict[str, Any]] = field(default_factory=list)
    sold: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)  # by CallSid
    fault: int = 0
    faults: list[int] = field(default_factory=list)
    refusal: int = 0
    body: bytes = b""  # in the place of an answer, when given
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        self.asked.append((handler.command, parts.path, form))
        if self.body:
            return self._send(handler, 200, self.body)
        if fault := self.faults.pop(0) if self.faults else self.fault:
            return self._refuse(handler, fault)
        expected = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        host = handler.headers["Host"].split(".")
        region = host[2] if host[-2:] == ["twilio", "com"] else ""
        if handler.headers["Authorization"] != f"Basic {expected}" or region != self.region:
            return self._refuse(handler, 401, code=20003)
        if parts.path == f"{ROOT}.json":
            return self._give(handler, {"sid": SID, "status": "active"})
        call_sid = parts.path.removeprefix(f"{ROOT}/Calls/").removesuffix(".json")
        if call_sid in self.calls:
            if handler.command == "POST":
                return self._modify(handler, self.calls[call_sid], form)
            return self._give(handler, {"sid": call_sid, "account_sid": SID} | self.calls[call_sid])
        if parts.path == f"{ROOT}/IncomingPhoneNumbers.json":
            if handler.command == "POST":
                return self._sell(handler, form)
            return self._give(handler, self._page(parse_qs(parts.query)))
        if parts.path.startswith(f"{ROOT}/AvailablePhoneNumbers/"):
            return self._offer(handler, parts.path, parse_qs(parts.query))
        found = [
            each
            for each in self.numbers
            if parts.path == f"{ROOT}/IncomingPhoneNumbers/{each['sid']}.json"
        ]
        if not found:
            return self._refuse(handler, 404)
        if handler.command == "DELETE":
            self.numbers.remove(found[0])
            return self._send(handler, 204, b"")
        names = {"".join(map(str.title, name.split("_"))): name for name in found[0]}
        found[0].update({names[key]: value for key, value in form.items() if key in names})
        return self._give(handler, found[0])

    def _modify(
        self, handler: BaseHTTPRequestHandler, call: dict[str, Any], form: dict[str, str]
    ) -> None:
        """As Twilio: only a call that is not over, and "canceled" leaves one that was answered."""
        wanted = form.get("Status")
        if wanted not in ("completed", "canceled") or set(form) != {"Status"}:
            return self._refuse(handler, 400, code=20001)
        if call["status"] not in ("queued", "ringing", "in-progress"):
            return self._refuse(handler, 400, code=21220)
        if wanted == "completed" or call["status"] != "in-progress":
            call["status"] = wanted
        return self._give(handler, {"account_sid": SID} | call)

    def _offer(
        self, handler: BaseHTTPRequestHandler, path: str, query: dict[str, list[str]]
    ) -> None:
        country, kind = path.removesuffix(".json").split("/")[-2:]
        if (country, kind) not in self.sold:
            return self._refuse(handler, 404)
        digits = query.get("AreaCode", query.get("Contains", [""]))[0]
        sold = self.sold[country, kind]
        if digits.startswith("+"):  # of the beginning
            fitting = [each for each in sold if each["phone_number"].startswith(digits)]
        else:
            fitting = [each for each in sold if digits in each["phone_number"]]
        return self._give(handler, {"available_phone_numbers": fitting})

    def _sell(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """As Twilio: each number once, and only those that are on sale."""
        wanted = form["PhoneNumber"]
        for offers in self.sold.values():
            for each in offers:
                if each["phone_number"] == wanted and not self.refusal:
                    offers.remove(each)
                    bought = number(len(self.numbers) + 1, phone_number=wanted)
                    names = {"".join(map(str.title, name.split("_"))): name for name in bought}
                    bought.update({names[key]: told for key, told in form.items() if key in names})
                    self.numbers.append(bought)
                    return self._send(handler, 201, json.dumps(bought).encode())
        return self._refuse(handler, 400, code=self.refusal or 21422)

    def _page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        size = int(query["PageSize"][0])
        page = int(query.get("Page", ["0"])[0])
        later = self.numbers[(page + 1) * size :]
        following = f"{ROOT}/IncomingPhoneNumbers.json?PageSize={size}&Page={page + 1}&PageToken=PA"
        return {
            "incoming_phone_numbers": self.numbers[page * size : (page + 1) * size],
            "next_page_uri": following + str(page + 1) if later else None,
        }

    def _give(self, handler: BaseHTTPRequestHandler, value: dict[str, Any]) -> None:
        self._send(handler, 200, json.dumps(value).encode())

    def _refuse(self, handler: BaseHTTPRequestHandler, status: int, *, code: int = 0) -> None:
        told = {"code": code or 20000 + status, "message": f"scripted {status}", "status": status}
        self._send(handler, status, json.dumps(told).encode())

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def fake_twilio() -> Iterator[FakeTwilio]:
    """The server, while the context is open."""
    twilio = FakeTwilio()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            twilio.answer(self, {})

        def do_DELETE(self) -> None:
            twilio.answer(self, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            twilio.answer(self, dict(parse_qsl(body, keep_blank_values=True)))

        def log_message(self, *_args: object) -> None:
            """Nothing: a test reads `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    twilio.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield twilio
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
