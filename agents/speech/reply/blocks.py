"""Removes blocks of an answer that are not meant for the caller. Pure.

Reasoning, tool calls and turns of others, in all the marks that models and their templates write;
see `tags`. The remaining words do not depend on how the answer is cut into deltas.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from agents.speech.notes.sources import RAISED_DIGITS
from agents.speech.reply.hanging_up import MARK, is_mark, is_tool
from agents.speech.reply.json_answers import answer_in
from agents.speech.reply.tag_reader import Fence, JsonObject, TagFound, TagReader, Token
from agents.speech.reply.tags import (
    BRACKETED,
    CHANNEL,
    CODE,
    COMMENT,
    ELEMENT,
    FENCE,
    REASONING,
    TOOL,
    TURN,
    Tag,
)

_LETTERS: Final = re.compile(r"[A-Za-z_]*+")
_KEPT_OF_TOOL: Final = 300  # characters, to find a hang-up that was called as one
_AGENTS: Final = frozenset(("assistant", "model", "agent", "bot", "chatbot", "ai", "gpt", ""))
_COMMENTARY: Final = "commentary"  # the channel in which tools are called
_FOR_THE_CALLER: Final = frozenset(("final", "response", "answer", "reply"))
CUT: Final = "object, cut"  # a kind of what was taken out
_HIDDEN_CODE: Final = ("tool", "function", "think", "thought", "reason")
# Code is not read out, unless it is the whole answer.
_PROGRAMS: Final = frozenset((
    "python", "py", "javascript", "js", "typescript", "ts", "sql", "bash", "sh", "shell", "java",
    "c", "cpp", "csharp", "php", "ruby", "go", "rust", "css", "mermaid", "latex", "tex",
))  # fmt: skip
# Of which the words return if they never end.
_RETURNING: Final = frozenset((ELEMENT, BRACKETED))
_RAISED: Final = re.compile(r"(?i)(/?)sup\s*/?")
_OF_RAISED: Final = re.compile(r"[\d,\[\]+-]*+")  # what is raised, if the tag is never closed


class Restart(Enum):
    """The words returned so far were not the answer: those not spoken yet are dropped."""

    RESTART = "restart"


class Blocks:
    """Reads deltas; returns the words outside of blocks as soon as they are decided.

    is_over: nothing that follows is the agent's. hang_up: the model ended the call by a tool call.
    removed: the kinds of removed blocks. outside: collects everything but reasoning, with tags and
    objects, for the search for tool calls.
    """

    def __init__(self, outside: list[str] | None = None) -> None:
        self.outside: list[str] = [] if outside is None else outside
        self.is_over = False
        self.hang_up = False
        self.removed: set[str] = set()
        self._reader = TagReader()
        self._open: list[str] = []  # kinds of blocks, the innermost last
        self._awaits: Tag | None = None  # the name of a channel or role comes next
        self._name = ""
        self._channel = ""
        self._has_said = False
        self._has_thought = False  # a block of reasoning has ended
        self._aside: list[str] = []  # words that return if their block never ends
        self._code: list[str] = []  # words that return if there are no others
        self._is_raised = False
        self._tool = ""
        self._given: list[str | Restart] = []

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once, unchanged, without a change of state."""
        return (
            self._has_said
            and not self._open
            and self._awaits is None
            and not self.is_over
            and not self._is_raised
            and self._reader.passes_plain
        )

    def push(self, text: str) -> list[str | Restart]:
        """The decided words in order, with a `Restart` where the answer begins again."""
        return self._read(self._reader.push(text))

    def flush(self) -> list[str | Restart]:
        """End the answer; returns what was held back."""
        given = self._read(self._reader.flush())
        self._end_name()
        if self._open and self._open[-1] == TOOL:  # many templates never end it
            self._called(self._tool)
        # One end is enough for two beginnings when nothing else is left to say.
        is_lost = self._has_thought and not self._has_said
        if not self.is_over and self._open and (is_lost or set(self._open) <= _RETURNING):
            self._open = []
            self._words("".join(self._aside))
        elif not self.is_over and not self._has_said and set(self._open) <= {CODE}:
            self._open = []
            self._words("".join(self._code))
        given += self._given
        self._given = []
        return given

    def _read(self, tokens: Iterable[Token]) -> list[str | Restart]:
        for token in tokens:
            if self.is_over:
                break
            self._note(token)
            match token:
                case str():
                    self._words(self._named(token) if self._awaits else token)
                case Fence(language):
                    self._fence(language)
                case JsonObject(text, _):
                    self._object(text)
                case TagFound():
                    self._end_name()
                    self._tag(token)
        given, self._given = self._given, []
        return given

    def _note(self, token: Token) -> None:
        """Keep text that may be a tool call, in any kind of block."""
        is_thought = CHANNEL in self._open and self._channel != _COMMENTARY
        if is_thought or REASONING in self._open:
            return
        match token:
            case str():
                self.outside.append(token)
            case Fence():
                self.outside.append("\n")
            case JsonObject(text, is_cut):
                self.outside.append(text)
                if is_cut:
                    self.removed.add(CUT)  # what it calls may not be read
            case TagFound():
                self.outside.append(f"<{token.body}>")

    # --- words --------------------------------------------------------------------------

    def _words(self, text: str) -> None:
        if not text:
            return
        if not self._open:
            self._has_said = self._has_said or any(map(str.isalnum, text))
            if self._is_raised:
                found = _OF_RAISED.match(text)
                end = found.end() if found else 0
                self._is_raised = end == len(text)
                text = text[:end].translate(RAISED_DIGITS) + text[end:]
            self._given.append(text)
        elif self._open[-1] == TOOL:
            self._tool += text[: max(0, _KEPT_OF_TOOL - len(self._tool))]
        elif self._open[-1] == CODE:
            self._code.append(text)
        elif self._open[-1] in _RETURNING or self._has_thought:
            self._aside.append(text)

    def _named(self, text: str) -> str:
        """Take the expected name from the beginning of `text`; returns the rest."""
        if not self._name:
            text = text.lstrip()
        letters = _LETTERS.match(text)
        end = letters.end() if letters else 0
        self._name += text[:end]
        if end == len(text):
            return ""
        self._end_name()
        return "" if self.is_over else text[end:]

    def _end_name(self) -> None:
        awaited, self._awaits = self._awaits, None
        name, self._name = self._name.lower(), ""
        if awaited is Tag.CHANNEL and name not in _FOR_THE_CALLER:
            self._channel = name
            self._begin(CHANNEL)
        elif awaited is Tag.TURN and name not in _AGENTS:
            self._end_turn()

    # --- blocks -------------------------------------------------------------------------

    def _tag(self, found: TagFound) -> None:
        if self._open and self._open[-1] == COMMENT and found.meaning.tag is not Tag.COMMENT:
            return
        if is_mark(found.body):
            self._words(MARK)
            return
        if raised := _RAISED.fullmatch(found.body):
            self._is_raised = not raised[1]
        block = found.meaning.block
        if block == BRACKETED:
            self._bracketed(found)
            return
        match found.meaning.tag:
            case Tag.WORDS:
                self._words(found.body)
            case Tag.LINE:
                self._words("\n")
            case Tag.OPENS:
                self._begin(block)
                if block == TOOL:
                    self._called(found.body)
            case Tag.CLOSES:
                self._end(block)
            case Tag.COMMENT if found.body == "<!--":
                self._begin(COMMENT)
            case Tag.COMMENT:
                self._end(COMMENT)
            case Tag.CHANNEL | Tag.TURN:
                if found.meaning.tag is Tag.TURN and REASONING in self._open:
                    self._end(REASONING)  # by a token that ends everything
                self._leave()
                self._awaits = found.meaning.tag
            case Tag.CHANNEL_ENDS:
                self._end(CHANNEL)
            case Tag.AGENT:
                self._leave()
            case Tag.USER:
                self._end_turn()
            case Tag.ENDS:
                self._leave()
                self.is_over = self._has_said and not self._open

    def _bracketed(self, found: TagFound) -> None:
        """Reasoning begins with an answer; later on such brackets are a direction."""
        if found.meaning.tag is Tag.OPENS and not self._open and not self._has_said:
            self._begin(BRACKETED)
        elif found.meaning.tag is Tag.OPENS:
            self._words(f"[{found.body}]")
        elif BRACKETED in self._open:
            self._end(BRACKETED)
            self._has_thought = True
            self._aside = []
        else:
            self._end(REASONING)

    def _fence(self, language: str) -> None:
        if self._open and self._open[-1] in (FENCE, CODE):
            self._open.pop()
        elif any(part in language for part in _HIDDEN_CODE):
            self._begin(FENCE)
        elif language in _PROGRAMS:
            self._begin(CODE)
        else:
            self._words(" ")

    def _object(self, text: str) -> None:
        """Handle a JSON object: a tool call, or an answer in a field such as "response"."""
        if not self._open or self._open[-1] != REASONING:
            self.removed.add(TOOL)
            self._called(text)
            if not self._open and not self._has_said:
                self._words(answer_in(text))

    def _begin(self, block: str) -> None:
        self.removed.add(block)
        self._open.append(block)
        if block == TOOL:
            self._tool = ""

    def _end(self, block: str) -> None:
        """End a block and those inside it. A block without a beginning has lasted since the first
        word: the template wrote its beginning.
        """
        if block in self._open:
            while self._open.pop() != block:
                pass
            if block == TOOL:
                self._called(self._tool)
        elif block in (REASONING, CHANNEL) and not self._open:
            self.removed.add(block)
            self._has_said = False
            self.outside.clear()
            self._given.append(Restart.RESTART)
        if block == REASONING:
            self._has_thought = True
            self._aside = []

    def _called(self, tool: str) -> None:
        """Record a tool call, unless it is within reasoning."""
        self.hang_up = self.hang_up or (REASONING not in self._open and is_tool(tool))

    def _leave(self) -> None:
        """End the current block: another channel or turn begins."""
        while self._open and self._open[-1] in (CHANNEL, TURN, FENCE, CODE):
            self._open.pop()

    def _end_turn(self) -> None:
        """End the agent's turn: after its words, everything that follows is ignored."""
        self._leave()
        if self._has_said:
            self.is_over = True
            self.removed.add(TURN)
        else:
            self._begin(TURN)
