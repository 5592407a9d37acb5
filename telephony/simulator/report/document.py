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
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_SIP: Final = re.compile(r"sips?:[^@\s]{1,64}@[^@\s]{1,200}")


@dataclass(frozen=True, slots=True)
class Say:
    """The carrier's own voice reads `text`; takes about `ms`."""

    text: str
    ms: int


@dataclass(frozen=True, slots=True)
class Play:
    """The sound at `url` is played `times` after one another."""

    url: str
    times: int


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
    """A line is dialled and connected to the call.

    address: of its `<Number>` or `<Sip>`; url: what the person hears first, "" for nothing; digits:
    sent after the answer. action: asked for the next document then; "" runs the next verb.
    """

    address: str
    action: str = ""
    url: str = ""
    digits: str = ""
    caller_id: str = ""
    timeout: int = 30


@dataclass(frozen=True, slots=True)
class Gather:
    """One key is waited for while `text` is said, which takes `ms`. action: gets the key."""

    action: str
    text: str
    ms: int


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


Verb = Say | Play | Pause | Connect | Dial | Gather | Redirect | Hangup | Reject | Unknown


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
        case "Play":
            return _play(element, base_url)
        case "Pause":
            return Pause(ms=int(_seconds(element.get("length", "1")) * 1000))
        case "Connect":
            return _connect(element, base_url)
        case "Dial":
            return _dial(element, base_url)
        case "Gather":
            return _gather(element, base_url)
        case "Redirect":
            _posts_only(element, "method")
            return Redirect(url=urljoin(base_url, (element.text or "").strip()))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(reason=element.get("reason", "rejected"))
        case name:
            return Unknown(name=name)


def _play(element: ElementTree.Element, base_url: str) -> Play:
    times = int(_seconds(element.get("loop", "1")))
    if not times:
        raise CarrierError(12200, "<Play> repeats for ever: this phone would never hang up")
    return Play(urljoin(base_url, (element.text or "").strip()), times)


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


def _dial(element: ElementTree.Element, base_url: str) -> Dial:
    _posts_only(element, "method")
    nouns = list(element)
    if len(nouns) != 1 or nouns[0].tag not in ("Number", "Sip"):
        raise CarrierError(12200, "this phone dials exactly one <Number> or <Sip>")
    noun = nouns[0]
    _posts_only(noun, "method")
    address = (noun.text or "").strip()
    pattern = _E164 if noun.tag == "Number" else _SIP
    if not pattern.fullmatch(address):
        raise CarrierError(13223, f"<{noun.tag}> has the address {address!r}")
    caller_id = element.get("callerId", "")
    if caller_id and not _E164.fullmatch(caller_id):
        raise CarrierError(13214, f"the callerId is {caller_id!r}")
    digits = noun.get("sendDigits", "")
    if digits and (noun.tag == "Sip" or not re.fullmatch(r"[0-9*#wW]+", digits)):
        raise CarrierError(12200, f"<{noun.tag}> has the sendDigits {digits!r}")
    timeout = int(_seconds(element.get("timeout", "30")))
    if not 5 <= timeout <= 600:
        raise CarrierError(13212, f"the timeout is {timeout} s, not 5 to 600")
    return Dial(
        address=address,
        action=_absolute(element.get("action", ""), base_url),
        url=_absolute(noun.get("url", ""), base_url),
        digits=digits,
        caller_id=caller_id,
        timeout=timeout,
    )


def _gather(element: ElementTree.Element, base_url: str) -> Gather:
    _posts_only(element, "method")
    if element.get("numDigits") != "1" or element.get("input", "dtmf") != "dtmf":
        raise CarrierError(12200, "this phone gathers one key, and no speech")
    if any(each.tag not in ("Say", "Pause") for each in element):
        raise CarrierError(12200, "<Gather> holds another verb than <Say> and <Pause>")
    text = " ".join(" ".join(element.itertext()).split())
    return Gather(
        action=_absolute(element.get("action", ""), base_url) or base_url,
        text=text,
        ms=len(text.split()) * SAY_MS_PER_WORD,
    )


def _absolute(url: str, base_url: str) -> str:
    return urljoin(base_url, url) if url else ""


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
