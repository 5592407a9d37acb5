"""The meaning of the tags and tokens that models write around their words. Pure.

Names are compared in lower case and without the marks around them, so `<|END_THINKING|>`,
`</thinking>` and `[/THINK]` are equal.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Tag(Enum):
    """What a tag does to the words around it."""

    OPENS = "opens"  # a block that is not for the caller
    CLOSES = "closes"
    CHANNEL = "channel"  # the name of a channel follows
    CHANNEL_ENDS = "channel ends"
    TURN = "turn"  # the name of a role follows
    USER = "user"  # the caller's turn follows
    AGENT = "agent"  # the agent's own turn follows
    ENDS = "ends"  # the turn is over
    COMMENT = "comment"  # begins or ends
    LINE = "line"  # words before and after it are no one word
    NOTHING = "nothing"
    WORDS = "words"  # no tag: what is written in it is said


@dataclass(frozen=True, slots=True)
class Meaning:
    """A tag and the name of its block, "" when it has none."""

    tag: Tag
    block: str = ""


REASONING: Final = "reasoning"
TOOL: Final = "tool"
CHANNEL: Final = "channel"
TURN: Final = "turn"
COMMENT: Final = "comment"
FENCE: Final = "fence"
CODE: Final = "code"  # of a program: it returns if nothing else is said
BRACKETED: Final = "bracketed"  # by [Reasoning]: its words return if [/Reasoning] never comes
ELEMENT: Final = "element"  # of a form that is not known, so its words return if it never closes

# Parts of names that say what a block is, whatever is around them.
_REASONING_PARTS: Final = (
    "think", "thought", "reason", "reflect", "analysis", "analyze", "scratch", "monologue",
    "rationale", "deliberat", "internal", "hidden", "inner", "critique", "planning", "denk",
    "gedank", "überleg", "raisonne", "razona",
)  # fmt: skip
_REASONING_NAMES: Final = frozenset(("plan", "cot", "self"))
_TOOL_PARTS: Final = ("tool", "function", "invoke", "call", "argument", "action", "observation")
_TOOL_NAMES: Final = frozenset((
    "parameter", "parameters", "args", "execute", "command", "cmd", "script", "style", "svg",
    "system", "sys", "system-reminder", "system_reminder", "instruction", "instructions",
    "context", "details", "python", "ipython",
    "python_tag", "json", "code_interpreter", "artifact", "metadata",
))  # fmt: skip
_CALLER_PARTS: Final = (
    "answer", "response", "reply", "output", "message", "text", "speech", "solution", "greeting",
)  # fmt: skip
_ENDS: Final = frozenset((
    "im_end", "eot_id", "eom_id", "eot", "end", "return", "endoftext", "end_of_text", "eos",
    "end_of_turn", "end_of_sentence", "end_of_utterance", "end_of_message", "end_of_response",
    "end_of_turn_token", "endofturn", "endofprompt", "eod", "call", "im_sep_end", "fim_end",
))  # fmt: skip
_TURNS: Final = frozenset(("im_start", "start", "begin", "start_header_id", "start_of_turn"))
_USERS: Final = frozenset((
    "user", "human", "prompter", "inst", "user_token", "caller", "customer", "start_of_user",
))  # fmt: skip
_AGENTS: Final = frozenset((
    "assistant", "bot", "model", "agent", "chatbot_token", "gpt", "ai",
))  # fmt: skip
# Of HTML and of the languages for voices: the words in them are said.
_ELEMENTS: Final = frozenset((
    "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "bdi", "bdo", "big",
    "blockquote", "body", "br", "break", "button", "caption", "center", "cite", "code", "data",
    "dd", "del", "desc", "dfn", "div", "dl", "dt", "em", "emotion", "emphasis", "figcaption",
    "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr",
    "html", "i", "img", "input", "ins", "kbd", "label", "lang", "lexicon", "li", "link", "main",
    "mark", "meta", "nav", "ol", "option", "p", "paragraph", "pause", "phoneme", "pre",
    "prosody", "q", "s", "samp", "say-as", "section", "select", "sentence", "small", "span",
    "speak", "speech", "speed", "strike", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul", "var",
    "video", "voice", "volume", "w", "wbr", "answer", "final", "message", "output", "reply",
    "response", "result", "root", "solution", "text", "unk", "pad", "bos", "eos", "xml",
))  # fmt: skip
_LINES: Final = frozenset((
    "br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "paragraph", "section", "blockquote", "dt", "dd", "article", "td", "th",
))  # fmt: skip
# Tokens that models without a name for it begin and end their thoughts with.
_UNUSED: Final = {"unused94": Tag.CHANNEL, "unused95": Tag.CHANNEL_ENDS}
_NO_TAGS: Final = frozenset(("no_think", "nothink", "no_thinking"))  # switches, that are echoed
_LONGEST_NAME: Final = 64
_NAME_IN_TAG: Final = re.compile(r"([|/!?]*+)\s*+([^\W\d][\w:.\-]*+)")
_WRITTEN_INTO: Final = re.compile(r"\|dsml\|", re.IGNORECASE)  # into each tag of one model
_SOURCE: Final = re.compile(r"/?co: ?\d{1,3}(?:, ?\d{1,3}){0,9}")  # where it is from
_HAS_ATTRIBUTE: Final = re.compile(r"\s*+(?:[^\W\d][\w:.\-]*+\s*+)?=")


def meaning(body: str) -> Meaning:
    """The meaning of `<body>` or `[BODY]`, given without the brackets."""
    body = _WRITTEN_INTO.sub("", body)
    if _SOURCE.fullmatch(body):
        return Meaning(Tag.NOTHING)
    found = _NAME_IN_TAG.match(body)
    if found is None or len(found[2]) > _LONGEST_NAME:
        return Meaning(Tag.WORDS)
    begin, name, more = found[1], found[2].lower().rstrip(".-"), body[found.end() :]
    is_token = "|" in begin or more.endswith("|")
    if name in _NO_TAGS:
        return Meaning(Tag.NOTHING)
    if name in _UNUSED:
        return Meaning(_UNUSED[name])
    if name == CHANNEL and is_token:
        # <|channel|> and <|channel> begin one, <channel|> ends it.
        return Meaning(Tag.CHANNEL if "|" in begin else Tag.CHANNEL_ENDS)
    if is_token or name.endswith("_of_turn"):
        return _token(name, closes="/" in begin)
    if more.strip(" /?\n") and name not in _ELEMENTS and not _HAS_ATTRIBUTE.match(more):
        return Meaning(Tag.WORDS)
    return _element(name, closes="/" in begin, is_empty=more.endswith("/"))


def _token(name: str, *, closes: bool) -> Meaning:
    if name in _ENDS:
        return Meaning(Tag.ENDS)
    if name in _TURNS:
        return Meaning(Tag.TURN)
    if name in _USERS:
        return Meaning(Tag.AGENT if closes else Tag.USER)
    if name in _AGENTS:
        return Meaning(Tag.AGENT)
    closes = closes or name.startswith("end_") or name.endswith(("_end", "_suffix"))
    if block := _block(name):
        return Meaning(Tag.CLOSES if closes else Tag.OPENS, block)
    return Meaning(Tag.NOTHING)


def _element(name: str, *, closes: bool, is_empty: bool) -> Meaning:
    if name == "inst":
        return Meaning(Tag.AGENT if closes else Tag.USER)
    if name in _ELEMENTS:
        return Meaning(Tag.LINE if name in _LINES else Tag.NOTHING)
    block = _block(name)
    is_for_caller = any(part in name for part in _CALLER_PARTS)
    if not block and ("_" in name or ":" in name) and not is_for_caller:
        block = ELEMENT
    if not block or is_empty:
        return Meaning(Tag.NOTHING)
    return Meaning(Tag.CLOSES if closes else Tag.OPENS, block)


def _block(name: str) -> str:
    """The kind of block that `name` denotes; "" for none."""
    if name in _REASONING_NAMES or any(part in name for part in _REASONING_PARTS):
        return REASONING
    if any(part in name for part in _CALLER_PARTS):
        return ""
    return TOOL if name in _TOOL_NAMES or any(part in name for part in _TOOL_PARTS) else ""
