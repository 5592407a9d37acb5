"""Finds the tags, tokens, fences and objects in an answer that comes in deltas. Pure.

The result depends on the text alone, never on how it was cut into deltas: a possible beginning of a
tag is held back until it is a tag or cannot be one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from agents.speech.reply.tags import BRACKETED, Meaning, Tag, meaning
from agents.speech.tool_calls.brackets import LONGEST

LONGEST_TAG: Final = 400  # characters; a longer one is none
_MARK_BEGINS: Final = re.compile(r"[<\[{`]|~~~|~{1,2}\Z|-->|--?\Z")
_ANGLE: Final = re.compile(r"<([|/!?]*+[^\W\d][^<>]{0,400})>")
_HALF_ANGLE: Final = re.compile(r"<!-{1,2}|<[|/!?]*+(?:[^\W\d][^<>]{0,400})?")
_QUOTE: Final = '<|"|>'  # a token for it, within a call
_BYTE: Final = re.compile(r"<(0x[0-9A-Fa-f]{2})>")
_HALF_BYTE: Final = re.compile(r"<0(?:x[0-9A-Fa-f]{0,2})?")
_COMMENT: Final = re.compile(r"<!--|-->")
# In capitals: "[thinking]" is a direction.
_SQUARE: Final = {
    f"[{slash}{name}]": f"{slash}{name.lower()}"
    for slash in ("", "/")
    for name in (
        "THINK", "THINKING", "REASONING", "INST", "TOOL_CALLS", "TOOL_CALL", "BOS", "EOS", "think",
    )
}  # fmt: skip
_SQUARE["[BEGIN FINAL RESPONSE]"] = "/think"  # what stood before it was reasoning
_HALF_SQUARE: Final = frozenset(tag[:size] for tag in _SQUARE for size in range(1, len(tag)))
# In any case: it begins reasoning if it is ended, else it is a direction.
_BRACKETED: Final = frozenset(
    f"[{slash}{name}]"
    for slash in ("", "/")
    for name in (
        "reasoning", "reasoning process", "internal reasoning", "thinking", "thinking process",
        "think", "thought", "thoughts", "thought process", "analysis", "scratchpad",
    )
)  # fmt: skip
_HALF_BRACKETED: Final = frozenset(tag[:size] for tag in _BRACKETED for size in range(1, len(tag)))
_LONGEST_SQUARE: Final = max(map(len, (*_SQUARE, *_BRACKETED)))
_FENCE: Final = re.compile(r"(?:`{3,}+|~{3,}+)(?:([\w\-+.]{0,30}+)[^\S\n]{0,20}+(\n|\Z))?")
_HALF_FENCE: Final = re.compile(r"(?:`++|~++)[\w\-+.]{0,30}+[^\S\n]{0,20}+")
# Only a language is taken out with its fence: a word behind one is said.
_LANGUAGES: Final = frozenset((
    "", "text", "txt", "plaintext", "plain", "markdown", "md", "json", "jsonc", "xml", "html",
    "python", "py", "yaml", "bash", "sh", "ssml", "javascript", "js", "tool_code", "tool_call",
    "tool_calls", "tool_output", "tool_outputs", "tool", "function_call", "function", "think",
    "thinking", "thought", "thoughts", "reasoning", "csv", "tsv", "sql", "typescript", "ts", "tsx",
    "jsx", "java", "c", "cpp", "csharp", "php", "ruby", "go", "rust", "css", "toml", "ini", "shell",
    "console", "http", "curl", "latex", "tex", "mermaid", "diff", "log", "output", "response",
))  # fmt: skip
_OBJECT: Final = re.compile(r"\{\s{0,40}+[\"'}]")
_HALF_OBJECT: Final = re.compile(r"\{\s{0,40}+")
_BRACE: Final = re.compile(r"[{}]")
_RUN: Final = re.compile(r"`++|~++")


@dataclass(frozen=True, slots=True)
class Fence:
    """A line that begins or ends a block of code. language: "" when none is named."""

    language: str


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object in braces; text: its first LONGEST characters. is_cut: it had more."""

    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class TagFound:
    """A tag with its meaning. body: what is between its brackets."""

    meaning: Meaning
    body: str


class _Begins(Enum):
    OBJECT = "object in braces"


TAGS_CUT: Final = (
    "think",
    "thinking",
    "thought",
    "reasoning",
    "reflection",
    "tool_call",
    "br/",
    "break",
)
Token = str | Fence | JsonObject | TagFound


class TagReader:
    """Returns words (str) and the other tokens in order."""

    def __init__(self) -> None:
        self._held = ""
        self._depth = 0  # of the braces that are open
        self._object: list[str] = []
        self._length = 0  # characters of it

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once, unchanged, without a change of state."""
        return not self._held and not self._depth

    def push(self, text: str) -> Iterator[Token]:
        """The tokens that are decided now and were not returned before."""
        return self._read(self._held + text, is_end=False)

    def flush(self) -> Iterator[Token]:
        """End the answer; returns what was held back. An object that never ends counts as one."""
        yield from self._read(self._held, is_end=True)
        if self._depth:
            self._depth = 0
            yield self._whole_object()

    def _read(self, text: str, *, is_end: bool) -> Iterator[Token]:
        start, self._held = 0, ""
        while start < len(text):
            if self._depth:
                start = self._pass_object(text, start)
                if not self._depth:
                    yield self._whole_object()
                continue
            begin = _MARK_BEGINS.search(text, start)
            at = len(text) if begin is None else begin.start()
            if at > start:
                yield text[start:at]
            if begin is None:
                return
            token, start = _token(text, at, is_end=is_end)
            if start == at:
                self._held = text[at:]
                return
            if token is _Begins.OBJECT:
                self._depth, self._object, self._length, start = 1, ["{"], 1, at + 1
            elif token:
                yield token

    def _pass_object(self, text: str, start: int) -> int:
        end = len(text)
        for brace in _BRACE.finditer(text, start):
            self._depth += 1 if brace.group() == "{" else -1
            if not self._depth:
                end = brace.end()
                break
        if self._length < LONGEST:
            self._object.append(text[start : min(end, start + LONGEST - self._length)])
        self._length += end - start
        return end

    def _whole_object(self) -> JsonObject:
        return JsonObject("".join(self._object), is_cut=self._length > LONGEST)


def _token(text: str, at: int, *, is_end: bool) -> tuple[Token | _Begins, int]:
    """The token that begins at `at` and where it ends: `at` if more text is needed."""
    mark = text[at]
    if mark == "<":
        return _angle(text, at, is_end=is_end)
    if mark == "[":
        return _square(text, at, is_end=is_end)
    if mark == "{":
        if _OBJECT.match(text, at):
            return _Begins.OBJECT, at + 1
        is_known = is_end or not _HALF_OBJECT.fullmatch(text, at)
        return "{", at + is_known
    if mark == "-":
        return _dash(text, at, is_end=is_end)
    return _fence(text, at, is_end=is_end)


def _dash(text: str, at: int, *, is_end: bool) -> tuple[Token | _Begins, int]:
    if found := _COMMENT.match(text, at):
        return TagFound(Meaning(Tag.COMMENT), found.group()), found.end()
    return (text[at:], len(text)) if is_end else ("", at)


def _angle(text: str, at: int, *, is_end: bool) -> tuple[Token | _Begins, int]:
    if comment := _COMMENT.match(text, at):
        return TagFound(Meaning(Tag.COMMENT), comment.group()), comment.end()
    if byte := _BYTE.match(text, at):  # of a word that the server did not put together
        return TagFound(Meaning(Tag.LINE), byte[1]), byte.end()
    if not is_end and _HALF_BYTE.fullmatch(text, at):
        return "", at
    if text.startswith(_QUOTE, at):
        return TagFound(Meaning(Tag.NOTHING), _QUOTE[1:-1]), at + len(_QUOTE)
    if not is_end and _QUOTE.startswith(text[at : at + len(_QUOTE)]):
        return "", at
    if found := _ANGLE.match(text, at):
        return TagFound(meaning(found[1]), found[1]), found.end()
    if _HALF_ANGLE.fullmatch(text, at):
        if not is_end:
            return "", at
        return _cut_angle(text, at)
    follows = text[at + 1 : at + 2]
    return ("<" if follows.isspace() or follows.isdigit() or follows == "=" else " "), at + 1


def _cut_angle(text: str, at: int) -> tuple[Token | _Begins, int]:
    """The answer ended within a possible tag: a half tag is dropped, a word is kept."""
    name = text[at + 1 :].lower()
    is_tag = name[:1] in "|/!?" or any(each.startswith(name) for each in TAGS_CUT)
    return ("", len(text)) if is_tag else (" ", at + 1)


def _square(text: str, at: int, *, is_end: bool) -> tuple[Token | _Begins, int]:
    rest = text[at : at + _LONGEST_SQUARE]
    end = rest.find("]") + 1
    if body := _SQUARE.get(rest[:end]):
        return TagFound(meaning(f"{body}|" if body[-3:] == "inst" else body), body), at + end
    if (bracketed := rest[:end].lower()) in _BRACKETED:
        kind = Tag.CLOSES if bracketed[1] == "/" else Tag.OPENS
        return TagFound(Meaning(kind, BRACKETED), rest[1 : end - 1]), at + end
    if not is_end and (rest in _HALF_SQUARE or rest.lower() in _HALF_BRACKETED):
        return "", at
    return "[", at + 1


def _fence(text: str, at: int, *, is_end: bool) -> tuple[Token | _Begins, int]:
    if not is_end and _HALF_FENCE.fullmatch(text, at):
        return "", at
    run = _RUN.match(text, at)
    end = at + 1 if run is None else run.end()
    if end - at < 3:
        return text[at:end], end
    found = _FENCE.match(text, at)
    if found and found[1] is not None and found[1].lower() in _LANGUAGES:
        return Fence(found[1].lower()), found.end()
    return Fence(""), end
