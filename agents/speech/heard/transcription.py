"""Reads the words in a server's transcription response, in any form.

A transcription gives its words, an empty one gives "", and anything else raises `NotWords`: a page
of HTML or an error must never become what a caller said. Marks that recognisers put between words
(times, speakers, tokens, sounds) are removed.
"""

import html
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agents.speech.heard.envelopes import is_unfinished, words_within
from agents.speech.heard.events import MAX_CHARACTERS, HeardEvents
from agents.speech.heard.failures import NotWords, is_failure, says_nothing_was_said, shown
from agents.speech.text.error_fields import is_error
from agents.speech.text.mojibake import mended

LANGUAGE_CHARACTERS: Final = 40
MOST_EVENTS: Final = 2_000  # of a stream: one for each of those


@dataclass(frozen=True, slots=True)
class Segment:
    """What a server reports about some of the words; None for what it does not report.

    no_speech: probability that there was no speech. log_probability: mean per token. compression:
    ratio of compression of the text, which is high for a loop.
    """

    text: str
    no_speech: float | None = None
    log_probability: float | None = None
    compression: float | None = None


@dataclass(frozen=True, slots=True)
class Transcription:
    """A server's transcription: the words, "" for none, and what it reports about them.

    language: as the server names it ("german", "de"), "" when it does not.
    """

    text: str
    segments: tuple[Segment, ...] = field(default=())
    language: str = ""


def read(body: bytes, content_type: str) -> Transcription:
    """The words in the `body` of a successful response. Raises NotWords."""
    kind, charset = _declared(content_type)
    if body.startswith(b"\x1f\x8b"):
        raise NotWords("something compressed")
    text = _decoded(body, charset).strip("\ufeff\0 \t\r\n")
    if not text:
        return Transcription("")
    is_json = text.startswith(("{", "[", '"'))
    is_page = re.match(r"<[!?/a-zA-Z]", text) or (not is_json and _PAGE.search(text))
    if is_page or (kind in _PAGES and not text.startswith("{")):
        raise NotWords(f"a page: {text[:80]}")
    if (kind == "text/event-stream" and not is_json) or _EVENTS.match(text):
        return _of_text(_streamed(text))
    if not is_json and is_failure(text, is_bare=True):
        raise NotWords(f"an error: {text[:80]}")
    if kind.startswith("text/") and not text.startswith(("{", '"')) and text != "null":
        return _of_text(text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if len(lines := text.splitlines()) > 1 and all(each[:1] == "{" for each in lines if each):
            return _of_text(_streamed("".join(f"data:{line}\n" for line in lines)))
        if text.startswith("{") or kind.endswith("json"):
            raise NotWords(f"broken JSON: {text[:80]}") from None
        if kind and not kind.startswith("text/") and kind not in _UNNAMED:
            raise NotWords(f"{kind}: {text[:80]}") from None
        return _of_text(text)
    return _of_value(value)


def is_whole(body: bytes) -> bool:
    """Whether the `body` of a response that broke off is nevertheless a complete JSON object."""
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


# Also of a page that is torn: nobody says these.
_PAGE: Final = re.compile(r"<!doctype\b|</?(?:html|head|body)\b", re.IGNORECASE)
# Of a stream: its first line, after comments and names.
# Each line in one way only: a blank one could else be part of the lines around it.
_EVENTS: Final = re.compile(r"(?:(?::[^\n]*|(?:event|id|retry):[^\n]*|[^\S\n]*)\n){0,20}+data:")
_EVENT: Final = re.compile(r"(?m)^data:([^\n]*)")
_KEEPALIVES: Final = frozenset({"ping", "pong", "keepalive", "keep-alive", "heartbeat"})
_PAGES: Final = ("text/html", "application/xhtml+xml", "text/xml", "application/xml")
_UNNAMED: Final = ("application/octet-stream", "binary/octet-stream", "application/x-subrip")


def _of_value(value: object) -> Transcription:
    match value:
        case None:
            return Transcription("")
        case str():
            return _of_text(value)
        case dict():
            return _of_object(value)
        case [dict(), *_] if all(isinstance(each, dict) and "text" in each for each in value):
            return _of_object({"segments": value})
    raise NotWords(f"a {type(value).__name__}")


def _of_object(answer: Mapping[str, Any]) -> Transcription:
    if is_error(answer.get("error")):
        raise NotWords(f"an error: {shown(answer['error'])}")
    segments = tuple(_segments(_first(answer, _SEGMENTS, list)))
    text = _first(answer, _TEXTS, object)
    if isinstance(text, list) and segments:
        text = None
    has_words = text or any(each.text for each in segments) or words_within(answer)
    if is_unfinished(answer) and not has_words:
        raise NotWords("a job that is not done")
    if _number(text) is not None:
        text = str(text)
    if text is None and not segments:
        for name in ("data", "result", "results"):  # a gateway's envelope
            inner = answer.get(name)
            inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
            if isinstance(inner, dict) and any(isinstance(inner.get(each), str) for each in _TEXTS):
                return _of_object(inner)
        if (within := words_within(answer)) is not None:
            return _of_text(within)
    if text is None and ("text" in answer or segments):
        text = " ".join(segment.text for segment in segments)
    if not isinstance(text, str):
        raise NotWords(f"an object without a text: {', '.join(map(str, answer))[:80]}")
    language = answer.get("language")
    language = language[:LANGUAGE_CHARACTERS].strip("<|> ") if isinstance(language, str) else ""
    return Transcription(_of_text(text).text, segments, language)


_TEXTS: Final = frozenset({"text", "transcript", "transcription", "DisplayText"})
_SEGMENTS: Final = frozenset({"segments", "chunks", "transcription", "words"})


def _first(answer: Mapping[str, Any], names: frozenset[str], kind: type) -> Any:
    """The value under one of `names`; "text" and "segments" come before the others."""
    found = (answer[name] for name in sorted(names, key=_ORDER.find) if name in answer)
    return next((each for each in found if isinstance(each, kind) and each is not None), None)


_ORDER: Final = "text transcript transcription DisplayText segments chunks words"


def _segments(value: object) -> Iterable[Segment]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, str):
            yield Segment(each.strip())
        said = each.get("text", each.get("word")) if isinstance(each, dict) else None
        if isinstance(said, str):
            yield Segment(
                said.strip(),
                _number(each.get("no_speech_prob")),
                _number(each.get("avg_logprob")),
                _number(each.get("compression_ratio")),
            )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _streamed(text: str) -> str:
    """The words of server-sent events, from a server that streams although not asked to.

    Raises NotWords for an error, and for more text than a turn can have.
    """
    heard = HeardEvents()
    for count, found in enumerate(_EVENT.finditer(text.replace("\r", "\n")), 1):
        if count > MOST_EVENTS:
            raise NotWords(f"more than {MOST_EVENTS} events")
        said = found[1].strip()
        try:
            event = json.loads(said)
        except (ValueError, RecursionError):
            if said and said[0] not in "{[" and said.lower() not in _KEEPALIVES:
                heard.add(f" {said}")  # bare words, a segment in each
        else:
            if isinstance(event, dict):
                heard.take(event)
    return heard.text


def _of_text(text: str) -> Transcription:
    if len(text) > MAX_CHARACTERS:
        raise NotWords(f"{len(text)} characters")
    controls = sum(letter < " " and letter not in "\r\n\t\v\f" for letter in text)
    if controls > len(text) // 20:
        raise NotWords(f"{controls} control characters")
    if says_nothing_was_said(text):
        return Transcription("")
    if is_failure(text):
        raise NotWords(f"an error: {text.strip()[:80]}")
    return Transcription(words_in(text))


def _declared(content_type: str) -> tuple[str, str]:
    """A content type without its parameters, and its charset."""
    name, _, parameters = content_type.lower().partition(";")
    match = re.search(r"charset\s*=\s*\"?([a-z0-9_.-]+)", parameters)
    return name.strip(), match.group(1) if match else ""


def _decoded(body: bytes, charset: str) -> str:
    """The text of the bytes by their actual encoding, which may not be the declared one."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:4]:
        return body.decode(json.detect_encoding(body), "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode(charset if charset in _CHARSETS else "cp1252", "replace")


# Of text; Python has codecs by other names that take long, or read escapes.
_CHARSETS: Final = frozenset(
    {
        "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-9", "iso-8859-15", "latin-1",
        "windows-1250", "windows-1251", "windows-1252", "windows-1254", "koi8-r", "gbk", "gb2312",
        "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "utf-16", "utf-16le", "utf-16be",
    }
)  # fmt: skip


_TIME: Final = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_CUES: Final = re.compile(
    rf"(?m)^(?:\d{{1,6}}\n)?{_TIME} ?--> ?{_TIME}[^\n]*$|\AWEBVTT[^\n]*$|^NOTE\b[^\n]*$"
)
_THOUGHTS: Final = re.compile(r"(?s)<think>(?:(?!</?think>).){0,5000}+</think>")
# What a chat model says that was to write down what it hears, before it does.
_ANNOUNCED: Final = re.compile(
    r"\A[\s*#]{0,8}(?:(?:sure|okay|certainly|of course)[,!.]?\s{1,4})?"
    r"(?:(?:here(?:['’]s| is)|this is|below is)\s(?:the|a|your)\s)?(?:the\s)?"
    r"(?:(?:audio|verbatim|full|exact)\s){0,2}(?:transcription|transcript)"
    r"(?:\s(?:of|for|from)\s(?:the|this|your)\s[^:.\n]{1,40}?)?(?:\s(?:is|reads))?"
    r"(?::[\s*]{0,8}|[\s*]{0,4}\n{1,3})",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"\A[\s*]*[\"“„]([^\"“”„]+)[\"”“][\s*]*\Z")
_STYLES: Final = re.compile(r"(?m)^(?:STYLE|REGION)\n(?:[^\n]+\n)*")
_FENCES: Final = re.compile(r"```\w{0,20}")
_TABLE: Final = re.compile(r"start([\t,])end\1text\n", re.IGNORECASE)
_TABLE_TIMES: Final = re.compile(r"(?m)^[\d.:]+[\t,][\d.:]+[\t,]")
_BETWEEN: Final = re.compile(
    r"<\|[^|>]{0,40}\|>"  # a recogniser's own tokens
    rf"|[\[(<]\s*{_TIME}\s*(?:(?:-->|-|–)\s*{_TIME}\s*)?[\])>]"
    r"|<\d{1,4}\.\d{1,3}>"
    r"|[♪♫♬♩⁇]+"
)
_NAMED: Final = re.compile(r"\A\s*language \w{1,30}\s*<asr_text>", re.IGNORECASE)
_TAGS: Final = re.compile(r"</?[a-zA-Z][^<>]{0,40}>|\{\\[^{}]{0,40}\}")  # of subtitles
_SPEAKER: Final = re.compile(
    r"(?mi)^(?:>>+|[*\[(]{0,3}speaker[ _]?[\da-z]{0,3}[\])]? ?:|\[speaker[ _]?\d{1,3}\]) ?:? ?"
)
_BRACKETS: Final = re.compile(r"\[[^\[\]\d]{0,60}\]|【[^】]{0,60}】")
_SOUNDS: Final = (
    "music|musik|musique|música|musica|laugh(?:s|ing|ter)?|lachen|gelächter|rires?|risas?|applause|"
    "applaus|applaudissements|aplausos|silence|stille|silencio|inaudible|unverständlich|"
    "unintelligible|blank[ _]audio|no[ _](?:audio|speech)|noise|geräusche?|"
    "background (?:noises?|music|chatter|talk(?:ing)?|voices?|conversations?|sounds?|speech)|"
    "cough(?:s|ing)?|husten|sigh(?:s|ing)?|seufz(?:t|en)|breath(?:s|es|ing)?|atmen|typing|"
    "beep(?:s|ing)?|ringing|static|clicks?|clicking|sniff(?:s|ing)?|gasps?|groans?|"
    "phone (?:rings?|ringing|buzz(?:es|ing)|vibrat(?:es|ing)|beeps?)|sounds? of [^()*\\d]{0,30}|"
    "clears? throat|räuspern|crosstalk|unclear|pauses?|foreign (?:language|speech)|"
    "speaking (?:in )?(?:an? )?[^\\W\\d]{1,20}(?: language)?|"
    "whisper(?:s|ing)?|singing|humming|sobs?|sobbing|cry(?:ing)?|chuckl(?:es|ing)|giggl(?:es|ing)|"
    "footsteps|door (?:opens|closes|slams|creaks|opening|closing|slamming)|knock(?:s|ing)|"
    "(?:dogs?|baby|people|crowd|child|children|engine|siren|birds?|tv|television|radio) "
    "(?:barks?|barking|cries|crying|talking|chattering|cheering|playing|screaming|revving|running|"
    "wailing|chirping|laughing)|"
    "(?:[a-z]{1,12} )?(?:music|musik)(?: (?:plays|playing|stops|continues|fades|spielt))?"
)
# Words in brackets are a caller's, too.
_NOISES: Final = re.compile(rf"(?i)[*]\s*(?:{_SOUNDS})\s*[*]|[(（]\s*(?:{_SOUNDS})\s*[)）]")
_ALONE: Final = re.compile(r"\s*(?:[(（*][^()（）*\d]{0,60}[)）*]\s*)+")


def words_in(text: str) -> str:
    """`text` on one line, without the marks that recognisers put into it."""
    # Halves of a character come apart in JSON; what stays alone is none.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "")
    text = _of_tokens(mended(html.unescape(text) if "&" in text else text))
    text = _STYLES.sub("", _THOUGHTS.sub("", _FENCES.sub("", text.lstrip())))
    if table := _TABLE.match(text):
        text = _TABLE_TIMES.sub("", text[table.end() :])
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    text = _NAMED.sub("", text)
    if announced := _ANNOUNCED.match(text):
        text = _SPEAKER.sub("", text[announced.end() :])
        text = _QUOTED.sub(r"\1", text)
    text = _TAGS.sub("", text)
    for marks in (_CUES, _BETWEEN, _SPEAKER, _BRACKETS, _NOISES):
        text = marks.sub(" ", text)
    if _ALONE.fullmatch(text):
        return ""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(shown.split())
    return words if any(letter.isalnum() for letter in words) else ""


def _of_tokens(text: str) -> str:
    """`text` with a tokenizer's signs for spaces replaced by spaces."""
    if "▁" in text:
        text = text.replace("▁", " ")
    is_of_tokens = "Ġ" in text and " " not in text.strip()
    return text.replace("Ġ", " ").replace("Ċ", "\n") if is_of_tokens else text
