"""Google Calendar's API, version 3, with its tokens: one calendar of one account."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from testing.calendars.moods import Moods
from testing.providers.http_server import Answer, HttpServer, Request

CALENDAR: Final = "office@example.com"
ACCOUNT: Final = "voicex@project.iam.gserviceaccount.com"
_KEY: Final = rsa.generate_private_key(65537, 2048)
_PEM: Final = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
_PUBLIC: Final = _KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
SERVICE_ACCOUNT: Final = json.dumps({"client_email": ACCOUNT, "private_key": _PEM})
AUTHORIZED_USER: Final = json.dumps(
    {"client_id": "client", "client_secret": "secret", "refresh_token": "refresh"}
)


class GoogleServer(HttpServer):
    """events: all events by id, including cancelled ones. tokens: the issued ones.

    role: what the account may do with the calendar. api_is_off: the project does not use the API.
    sick: the calendar's own fault in an answer about free times.
    page: how many events a page has at most. A list begins with a page that has none, as Google
    allows itself, and never ends where pages are endless.
    """

    def __init__(self) -> None:
        super().__init__(self._serve_request)
        self.events: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.moods = Moods()
        self.role = "writer"
        self.zone = "Europe/Berlin"
        self.api_is_off = False
        self.sick = ""
        self.is_late = False  # its clock says another hour than ours
        self.page = 2
        self.is_endless = False
        self.meanwhile: list[tuple[datetime, datetime]] = []  # booked as we look once more
        self._made = itertools.count(1)

    def put(self, start: datetime, end: datetime, **more: Any) -> str:
        """Add an event of another person; returns its id."""
        number = next(self._made)
        event = {"start": _at(start), "end": _at(end), "status": "confirmed"}
        event_id = str(more.pop("id", f"other{number}"))
        created = f"2026-05-01T00:00:{number:02}.000Z"
        self.events[event_id] = {"id": event_id, "created": created, **event, **more}
        return event_id

    def started(self) -> list[str]:
        """The beginnings of the events that are not cancelled."""
        standing = (each for each in self.events.values() if each["status"] != "cancelled")
        return sorted(_moment_in(each["start"]) for each in standing)

    async def _serve_request(self, request: Request, answer: Answer) -> None:
        done: list[tuple[int, Any]] = []

        def does() -> None:
            done.append(self._done(request))

        if request.path != "/token" and await self.moods.take(request, answer, does):
            return
        does()
        [(status, document)] = done
        if status == 204:
            await answer.nothing()
        else:
            await answer.send_json(document, status)

    def _done(self, request: Request) -> tuple[int, Any]:
        url = urlsplit(request.path)
        if url.path == "/token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return _refused(401, "Invalid Credentials")
        if self.api_is_off:
            said = "Google Calendar API has not been used in project 1 before or it is disabled."
            return _refused(403, said, "accessNotConfigured", domain="usageLimits")
        if url.path == "/freeBusy":
            return self._free_busy(request.json)
        parts = [unquote(each) for each in url.path.split("/")]
        if parts[1:4] != ["calendars", CALENDAR, "events"]:
            return _refused(404, "Not Found")
        if len(parts) == 4 and request.method == "GET":
            return self._listed(parse_qs(url.query))
        if request.method != "GET" and self.role != "writer":
            said = "You need to have writer access to this calendar."
            return _refused(403, said, "requiredAccessLevel", domain="calendar")
        if len(parts) == 4:
            return self._insert(request.json)
        return self._change(request, parts[4])

    def _token(self, request: Request) -> tuple[int, Any]:
        form = {name: each[0] for name, each in parse_qs(request.body.decode()).items()}
        if "assertion" in form:
            if self.is_late:
                said = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                said += "reasonable timeframe. Check your iat and exp values in the JWT claim."
                return 400, {"error": "invalid_grant", "error_description": said}
            decode: Any = jwt.decode  # google-auth has no types here
            said = decode(form["assertion"], _PUBLIC, audience=f"{self.origin}/token")
            is_good = said["iss"] == ACCOUNT
        else:
            is_good = form.get("refresh_token") == "refresh"
        if not is_good:
            return 400, {"error": "invalid_grant"}
        self.tokens.append(f"ya29.{len(self.tokens)}")
        return 200, {"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"}

    def _free_busy(self, asked: dict[str, Any]) -> tuple[int, Any]:
        [item] = asked["items"]
        if item["id"] != CALENDAR:
            errors = [{"domain": "global", "reason": "notFound"}]
            return 200, {"calendars": {item["id"]: {"errors": errors, "busy": []}}}
        if self.sick:
            errors = [{"domain": "global", "reason": self.sick}]
            return 200, {"calendars": {CALENDAR: {"errors": errors, "busy": []}}}
        within = filter(_is_busy, self._within(asked["timeMin"], asked["timeMax"]))
        busy = [
            {"start": _moment_in(each["start"]), "end": _moment_in(each["end"])} for each in within
        ]
        return 200, {"calendars": {CALENDAR: {"busy": busy}}}

    def _listed(self, asked: dict[str, list[str]]) -> tuple[int, Any]:
        if self.role == "freeBusyReader":
            return _refused(404, "Not Found", "notFound")
        head = {"kind": "calendar#events", "accessRole": self.role, "timeZone": self.zone}
        found = self._within(asked["timeMin"][0], asked.get("timeMax", ["9999-01-01T00:00:00Z"])[0])
        for wanted in asked.get("privateExtendedProperty", []):
            name, _, value = wanted.partition("=")
            found = [
                each
                for each in found
                if each.get("extendedProperties", {}).get("private", {}).get(name) == value
            ]
        if self.is_endless:
            return 200, {**head, "items": [], "nextPageToken": "more"}
        found.sort(key=lambda each: _moment_in(each["start"]))
        at = int(asked.get("pageToken", ["-1"])[0])
        if at < 0:
            return 200, {**head, "items": [], "nextPageToken": "0"}
        size = min(self.page, int(asked["maxResults"][0]))
        following = at + size
        more = {"nextPageToken": str(following)} if following < len(found) else {}
        return 200, {**head, "items": found[at:following], **more}

    def _insert(self, event: dict[str, Any]) -> tuple[int, Any]:
        if event["id"] in self.events:
            return _refused(409, "The requested identifier already exists.")
        while self.meanwhile:
            self.put(*self.meanwhile.pop())
        start, end = (datetime.fromisoformat(event[each]["dateTime"]) for each in ("start", "end"))
        more = {name: each for name, each in event.items() if name not in ("start", "end")}
        return 200, self.events[self.put(start, end, **more)]

    def _change(self, request: Request, event_id: str) -> tuple[int, Any]:
        event = self.events.get(event_id)
        if event is None:
            return _refused(404, "Not Found")
        if request.method == "GET":
            return 200, event
        if request.method == "DELETE":
            if event["status"] == "cancelled":
                return _refused(410, "Resource has been deleted")
            event["status"] = "cancelled"
            return 204, None
        event.update(request.json)
        return 200, event

    def _within(self, begin: str, end: str) -> list[dict[str, Any]]:
        return [
            each
            for each in self.events.values()
            if each["status"] != "cancelled"
            and datetime.fromisoformat(_moment_in(each["start"])) < datetime.fromisoformat(end)
            and datetime.fromisoformat(_moment_in(each["end"])) > datetime.fromisoformat(begin)
        ]


def _is_busy(event: dict[str, Any]) -> bool:
    """Whether an event takes its time: not one that is marked as free, or that was declined."""
    own = [each for each in event.get("attendees", ()) if each.get("self")]
    is_declined = any(each["responseStatus"] == "declined" for each in own)
    return event.get("transparency") != "transparent" and not is_declined


def _moment_in(at: dict[str, str]) -> str:
    """When an event begins or ends; one of whole days at midnight of the calendar's clocks."""
    if "dateTime" in at:
        return at["dateTime"]
    day = datetime.fromisoformat(at["date"]).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return f"{day.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _at(moment: datetime) -> dict[str, str]:
    return {"dateTime": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def _refused(
    status: int, message: str, reason: str = "", *, domain: str = "global"
) -> tuple[int, Any]:
    errors = [{"domain": domain, "reason": reason, "message": message}] if reason else []
    return status, {"error": {"code": status, "message": message, "errors": errors}}
