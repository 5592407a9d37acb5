"""TwiML as the carrier reads it: checked, and turned into verbs to execute. Pure.

Only what a voice call to Voicex can meet is executed; another verb is kept as `Unknown`
and reported as Twilio's schema warning.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from telephony.simulator.codes import CarrierError

MAX_BYTES: Final = 64 * 1024
MAX_PARAMETER: Final = 500  # characters of name and value together
SAY_MS_PER_WORD: Final = 380  # 160 words a minute


@dataclass(frozen=True, slots=True)
class Say:
    """The carrier's own voice reads `text`; takes about `ms`."""

    text: str
    ms: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence for `ms`."""

    ms: int


@dataclass(frozen=True, slots=True)
class Connect:
    """A bidirectional media stream to `url`; the document continues when it has ended.

    action: asked for the next document then; "" runs the next verb.
    """

    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    status_callback: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """The call would be connected to `target`; the phone only reports it."""

    target: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """The next document comes from `url`."""

    url: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """The call ends."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The call is not answered. reason: "rejected" or "busy"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A verb that this carrier does not execute."""

    name: str


Verb = Say | Pause | Connect | Dial | Redirect | Hangup | Reject | Unknown


def read(body: bytes, *, base_url: str) -> list[Verb]:
    """The verbs of the document `body`, fetched from `base_url`.

    Raises CarrierError with Twilio's code for a document that it would refuse.
    """
    if len(body) > MAX_BYTES:
        raise CarrierError(11750, f"the TwiML has {len(body)} bytes; 64 kB is the limit")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise CarrierError(12100, "the TwiML declares a document type")
    try:
        # Entities, what makes XML from strangers dangerous, were refused above.
        root = ElementTree.fromstring(body)  # noqa: S314  # nosec B314
    except ElementTree.ParseError as error:
        raise CarrierError(12100, f"the TwiML is not well-formed XML: {error}") from error
    if root.tag != "Response":
        raise CarrierError(12102, f"the root element is <{root.tag}>, not <Response>")
    return [_verb(element, base_url) for element in root]


def _verb(element: ElementTree.Element, base_url: str) -> Verb:
    match element.tag:
        case "Say":
            text = " ".join("".join(element.itertext()).split())
            return Say(text=text, ms=len(text.split()) * SAY_MS_PER_WORD)
        case "Pause":
            return Pause(ms=int(_seconds(element.get("length", "1")) * 1000))
        case "Connect":
            return _connect(element, base_url)
        case "Dial":
            return Dial(target=" ".join("".join(element.itertext()).split()))
        case "Redirect":
            _posts_only(element, "method")
            return Redirect(url=urljoin(base_url, (element.text or "").strip()))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(reason=element.get("reason", "rejected"))
        case name:
            return Unknown(name=name)


def _posts_only(element: ElementTree.Element, attribute: str) -> None:
    if element.get(attribute, "POST") != "POST":
        raise CarrierError(12200, f"{attribute} must be POST: this phone makes no GET requests")


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+", text):
        raise CarrierError(12200, f"the length {text!r} is not a whole number of seconds")
    return int(text)


def _connect(element: ElementTree.Element, base_url: str) -> Connect:
    nouns = list(element)
    if len(nouns) != 1 or nouns[0].tag != "Stream":
        raise CarrierError(12200, "<Connect> must hold exactly one <Stream>")
    stream = nouns[0]
    if stream.get("track", "inbound_track") != "inbound_track":
        raise CarrierError(
            31941, f"a bidirectional stream has no {stream.get('track')!r}, only inbound_track"
        )
    _posts_only(element, "method")
    _posts_only(stream, "statusCallbackMethod")
    callback = stream.get("statusCallback", "")
    action = element.get("action", "")
    return Connect(
        url=_stream_url(stream.get("url", "")),
        parameters=_parameters(stream),
        status_callback=urljoin(base_url, callback) if callback else "",
        action=urljoin(base_url, action) if action else "",
    )


def _parameters(stream: ElementTree.Element) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for element in stream:
        name, value = element.get("name"), element.get("value")
        if element.tag != "Parameter" or name is None or value is None:
            raise CarrierError(12200, f"<Stream> holds a <{element.tag}> without name and value")
        if len(name) + len(value) >= MAX_PARAMETER:
            raise CarrierError(
                12200,
                f"the <Parameter> {name!r} has {len(name) + len(value)} characters with its "
                f"value; it must have fewer than {MAX_PARAMETER}",
            )
        parameters[name] = value
    return parameters


def _stream_url(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.fragment:
        raise CarrierError(31923, f"the Stream URL {url!r} is not an absolute URL")
    if parts.scheme != "wss" and not (parts.scheme == "ws" and _is_loopback(parts.hostname)):
        raise CarrierError(31922, f"the Stream URL has the scheme {parts.scheme!r}, not wss")
    if "?" in url:
        raise CarrierError(31920, "the Stream URL has a query string, which Twilio does not pass")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
