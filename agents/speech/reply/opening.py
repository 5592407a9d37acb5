"""Holds back the beginning of an answer that reads like reasoning without a mark. Pure.

Some templates write the mark that begins reasoning into the prompt, so an answer has only the one
that ends it; some servers remove the marks and leave the text between them. Spoken words cannot be
taken back, so words about the caller are held back until more is known.
"""

import re
from enum import Enum
from typing import Final

# So much of an answer is enough to tell; no piece of it is spoken before that anyway.
ENOUGH: Final = 40
MOST_HELD: Final = 4_000  # characters; of an answer that shows no end of its reasoning
MOST_HELD_OF_THINKERS: Final = 40_000  # of a model that was seen to reason first

_BEGINNINGS: Final = frozenset((
    "okay", "ok", "alright", "all", "hmm", "hm", "well", "so", "right", "now", "first", "let",
    "the", "this", "our", "i", "we", "user", "caller", "der", "die", "analysis", "commentary",
    "thinking", "thought", "here", "assistant", "model", "sure", "certainly", "absolutely",
    "error", "api", "litellm", "openai", "httpx", "anthropic", "botocore", "google", "request",
    "internal", "bad", "service", "gateway",
))  # fmt: skip
_ABOUT_CALLER: Final = re.compile(
    r"""(?:(?:okay|ok|alright|all\ right|hm++|well|so|right|now|first|let\ me\ (?:think|see))
         [,.\s]++)*+
    (?:(?:(?:the|this|our)\ )?(?:user|caller|customer)
         (?:\ (?:is|was|has|wants?|asks?|asked|said|says|just|seems?|needs?|wrote|greeted
                |would\ like)
           |'s\ (?:asking|question|request))\b
      |(?:here(?:'s|\ is)\ (?:a|my|the)\ )?(?:thinking|thought)\ process\s?:
      |here\ are\ my\ reasoning\ steps\s?:
      |(?:i|we)\ (?:should|need\ to|must|have\ to)\ (?:respond|answer|reply)\b(?!\ you)
      |(?:der|die)\ (?:anrufer(?:in)?|nutzer(?:in)?|kunde|kundin)
         \ (?:möchte|fragt|will|hat\ (?:gefragt|gesagt)|sagt|fragte)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_FIRST_WORD: Final = re.compile(r"[^\W\d_]{0,20}")
_SENTENCE_END: Final = re.compile(r"[.!?…\n]")
# What is left of <|channel|>analysis<|message|> and the like without its marks.
_BARE_CHANNEL: Final = re.compile(r"(?:analysis|commentary)(?=[A-Z])|Thinking(?:\.\.\.|…)\s*\n")
# By which some say themselves that they have thought enough.
_RESPONSE: Final = re.compile(
    r"\n[\s*#]{0,8}here(?:'s| is) my (?:final )?(?:response|answer|reply)\s?:[\s*]{0,8}",
    re.IGNORECASE,
)
_LONGEST_RESPONSE: Final = 60
_BARE_HEADER: Final = re.compile(r"\A\s*(?:assistant|model)\s*\n\s*")  # of a turn
# Introductions before the answer: "Here is my response:".
_AGREES: Final = r"(?:(?:sure|certainly|okay|ok|absolutely|alright)[,!]?\s)?"
_PREAMBLE: Final = re.compile(
    rf"""\A{_AGREES}here(?:'s|’s|\ is)\ (?:
        (?:a|my|the|your|one)\ [^:\n.!?]{{0,40}}?
            \b(?:response|reply|script|draft)\b[^:\n.!?]{{0,40}}
        |what\ i(?:'d|’d|\ would)\ say[^:\n.!?]{{0,30}})\s?:\s{{1,4}}""",
    re.VERBOSE | re.IGNORECASE,
)
_HALF_PREAMBLE: Final = re.compile(
    rf"{_AGREES}here(?:'s|’s|\ is)\ (?:a|my|the|your|one|what)\b[^:\n.!?]{{0,90}}:?\s{{0,4}}",
    re.VERBOSE | re.IGNORECASE,
)
# What a gateway writes in the place of an answer when what stands behind it fails.
_FAILURE: Final = re.compile(
    r"""\W{0,3}(?:ERROR\W{0,3}:\s
      |(?i:(?:api\ )?error(?:\ code)?\W{1,3}[45]\d\d\s?[-:]?\s?[\[{"']
      |(?:api\ )?error(?:\ code)?\W{1,3}[45]\d\d\s?[-:]\s?(?:rate\ limit|too\ many\ requests
        |service\ unavailable|bad\ gateway|internal\ server|unauthorized|quota)\b
      |(?:litellm|openai|httpx|anthropic|botocore|google)\.[\w.]{0,60}(?:error|exception)\b
      |request\ failed\ with\ status\ code\ [45]\d\d))""",
    re.VERBOSE,
)
# All of an answer; behind it may come a sentence that says what it means.
_FAILURE_ALONE: Final = re.compile(
    r"\W{0,3}(?:(?:internal server error|bad gateway|service unavailable|gateway time-?out)\W{0,3}"
    r"|(?:api )?error(?: code)?\W{1,3}[45]\d\d\s?[-:]\s?)",  # whose object was taken out
    re.IGNORECASE,
)
_HALF_FAILURE: Final = re.compile(r"(?:litellm|openai|httpx|anthropic|botocore)\.[\w.]{0,60}")
_HALF_CHANNEL: Final = re.compile(r"Thinking(?:\.{1,3}|…)?\s*")
_BARE_FINAL: Final = re.compile(
    r"(?:assistant)?final(?=[A-Z])|assistant(?=[A-Z])|(?:\.\.\.|…)\s?done thinking\.?\s"
)


class _State(Enum):
    UNKNOWN = "unknown"
    HELD = "held"  # it reads like reasoning
    CHANNEL = "channel"  # it is, until the name of another channel
    FAILED = "failed"  # it is an error, and no answer
    OPEN = "open"


class Opening:
    """Reads the words of an answer. thinks_first: the model was seen to reason first."""

    def __init__(self, *, thinks_first: bool = False) -> None:
        self._state = _State.HELD if thinks_first else _State.UNKNOWN
        self._most = MOST_HELD_OF_THINKERS if thinks_first else MOST_HELD
        self._parts: list[str] = []
        self._end = ""  # of them
        self._length = 0

    @property
    def is_waiting(self) -> bool:
        """Whether words are held back until more of them come."""
        return self._state is _State.UNKNOWN and self._length > 0

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once, unchanged, without a change of state."""
        return self._state is _State.OPEN

    def push(self, text: str) -> str:
        """The words that can be returned now."""
        if self._state is _State.OPEN or not text:
            return text
        self._parts.append(text)
        self._length += len(text)
        if self._state is _State.UNKNOWN:
            self._state = _judge("".join(self._parts))
        if self._state is _State.CHANNEL:
            return self._after_channel()
        if self._state is _State.FAILED:
            self._parts.clear()
            return ""
        if self._state is _State.HELD and (found := self._response_in(text)):
            self._state, self._parts = _State.OPEN, []
            return found.string[found.end() :].lstrip()
        if self._state is _State.OPEN or self._length > self._most:
            return self.flush()
        return ""

    def _response_in(self, text: str) -> re.Match[str] | None:
        self._end = self._end[-_LONGEST_RESPONSE:] + text
        found = _RESPONSE.search(self._end)
        return found if found and found.end() < len(self._end) else None

    def flush(self) -> str:
        """Return the words that were held back: no more come, or they are not awaited."""
        if self._state is _State.FAILED:
            return ""
        is_channel = self._state is _State.CHANNEL
        self._state = _State.OPEN
        text, self._parts = "".join(self._parts), []
        if is_channel or _FAILURE_ALONE.fullmatch(text):
            return ""
        return _PREAMBLE.sub("", _BARE_HEADER.sub("", text, count=1), count=1)

    def _after_channel(self) -> str:
        text = "".join(self._parts[-2:])
        final = _BARE_FINAL.search(text)
        if final is None:
            self._parts = [text[-ENOUGH:]]
            return ""
        self._state, self._parts = _State.OPEN, []
        return text[final.end() :]


def _judge(text: str) -> _State:
    if _BARE_CHANNEL.match(text):
        return _State.CHANNEL
    if _ABOUT_CALLER.match(text):
        return _State.HELD
    if _HALF_CHANNEL.fullmatch(text) or _HALF_PREAMBLE.fullmatch(text):
        return _State.UNKNOWN
    if _FAILURE.match(text):
        return _State.FAILED
    if _HALF_FAILURE.fullmatch(text) or _FAILURE_ALONE.fullmatch(text):
        return _State.UNKNOWN
    first = _FIRST_WORD.match(text.lstrip("*[ \n"))
    word = first.group().lower() if first else ""
    is_whole = len(word) < len(text)
    may_be = (
        any(each.startswith(word) for each in _BEGINNINGS)
        if not is_whole
        else (word in _BEGINNINGS)
    )
    is_enough = len(text) >= ENOUGH or _SENTENCE_END.search(text)
    return _State.UNKNOWN if may_be and not is_enough else _State.OPEN
