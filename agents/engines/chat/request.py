"""The body of a chat request, and the adaptation to parameters that a server refuses. Pure.

What a server refuses is left out or said in another way, and the request is made again at once.
It is remembered for the server when that helped, and not before: a server that quotes our request
in an error about something else must not teach us anything.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from agents.engines.chat.prompt import ChatMessage, ChatRole, with_system_as
from agents.engines.chat.refused_parameters import READ_CHARACTERS, STATUSES
from agents.engines.chat.too_long import counts_input
from agents.engines.openai.past_calls import (
    GIVEN_BACK,
    THOUGHTS,
    PastCalls,
    is_of_calls,
    wanted_back,
)
from agents.engines.openai.refused_tools import BARE, OfferedTool, is_of_a_schema, named_in, offered
from agents.engines.openai.server_habits import Habits

MAX_TRIES: Final = 6  # of one answer, each without one thing more
MAX_TOKENS: Final = ("max_tokens", "max_completion_tokens")  # the same in two generations
# What a model that reasons writes beside its answer, where that counts, too.
ROOM_FOR_THOUGHTS: Final = 4_000
THINKS, WITH_ROOM = "thoughts within the limit", "with room"

_QUOTED: Final = frozenset({"input", "ctx", "url", "body", "request", "documentation_url"})
TOOLS: Final = "tools"
PAST_CALLS: Final = "past calls"
MOST_TOOLS_REFUSED: Final = 3  # requests of one answer; behind them it is made without any tool
UNCLEAR_STATUSES: Final = frozenset({400, 422})  # by which a request is refused without a reason
NOT_FOUND: Final = 404  # by which OpenRouter says that no server of a model takes tools
# How servers name them that do not quote the parameter's name.
_TOOLS: Final = re.compile(
    r"\btools?[ _-](?:param|choice|call|calls|calling|use)\b|\bfunction[ _-]?call"
    r"|\b(?:tools?|functions?)\b.{0,40}\bsupport|\bsupport.{0,40}\b(?:tools?|functions?)\b"
    r"|\brole\b.{0,20}\btool\b",
    re.IGNORECASE,
)
_ROLES: Final = re.compile(
    r"\broles?\b|\b(?:system|developer)[ _](?:message|prompt|instruction|role)", re.IGNORECASE
)


class MakesMessages(Protocol):
    """Makes the messages of a request.

    has_tools: the server takes tools. tells_calls: earlier calls of tools are told in words.
    """

    def __call__(self, *, has_tools: bool, tells_calls: bool) -> list[ChatMessage]: ...


class ChatRequest:
    """One request to one server. wanted: optional parameters by name, in the SDK's form.

    past: the calls of tools before it, in the same telephone call.
    """

    def __init__(
        self,
        *,
        model: str,
        messages: MakesMessages,
        wanted: Mapping[str, object],
        habits: Habits,
        past: PastCalls | None = None,
    ) -> None:
        self._model = model
        self._make_messages = messages
        self._wanted = dict(wanted)
        self._offered = offered(wanted.get(TOOLS))
        self._habits = habits
        self._past = past or PastCalls()
        self._tells_calls = self._past.are_told
        self._tries = 0
        self._tools_refused = 0
        self._learned: dict[str, str] = {}  # habit's name -> what is sent instead, "" for nothing
        self._passing: set[str] = set()  # of them, what is so for these messages alone

    @property
    def has_tools(self) -> bool:
        """Whether tools are sent with it."""
        return TOOLS in self._wanted and self._sent_as(TOOLS) is not None and bool(self._tools())

    @property
    def messages(self) -> list[ChatMessage]:
        """Those of the request, before the system's role is given another name."""
        return self._make_messages(has_tools=self.has_tools, tells_calls=self._tells_calls)

    def body(self) -> dict[str, object]:
        """The JSON of the request, as the server is known to take it."""
        body: dict[str, object] = {"model": self._model}
        role = self._instead("system", "system")
        fields = [name for name in THOUGHTS if self._known(name) == GIVEN_BACK]
        messages = with_system_as(_as_role(role), self.messages)
        body["messages"] = self._past.given(messages, fields)
        for name, value in self._wanted.items():
            if name != TOOLS and (sent := self._sent_as(name)) is not None:
                has_room = sent in MAX_TOKENS and self._known(THINKS) == WITH_ROOM
                if has_room and isinstance(value, int):
                    value += ROOM_FOR_THOUGHTS
                body[sent] = value
        if self.has_tools:
            told = [(tool, self._known(tool.habit) == BARE) for tool in self._tools()]
            body[TOOLS] = [tool.bare if is_bare else tool.form for tool, is_bare in told]
        return body

    def _tools(self) -> list[OfferedTool]:
        """The tools that the server takes."""
        return [tool for tool in self._offered if self._known(tool.habit) != ""]

    def is_amount_named(self, said: str) -> bool:
        """Whether `said` names a number that is sent, and not the messages, as what is refused."""
        if counts_input(said):
            return False
        named = self._wanted[name] if (name := self._first_sent(said)) else None
        return isinstance(named, int | float) and not isinstance(named, bool)

    def learn(self, status: int, said: str) -> str:
        """What to change after the server refused the body and `said` so; "" when it is unclear."""
        self._tries += 1
        if status not in (*STATUSES, NOT_FOUND) or self._tries >= MAX_TRIES:
            return ""
        if status in STATUSES and is_of_calls(said) and (changed := self._tell_otherwise(said)):
            return changed
        if status in UNCLEAR_STATUSES and (refused := self._refused_tools(said)):
            return refused
        if status != NOT_FOUND and (refused := self._named(status, said)):
            return refused
        if self.has_tools and _TOOLS.search(said):
            self._learned[TOOLS] = ""
            return TOOLS
        if status == NOT_FOUND:
            return ""
        if _ROLES.search(said):
            return self._learn_role(said)
        return self._tell_otherwise(said) if status in UNCLEAR_STATUSES else ""

    def _refused_tools(self, said: str) -> str:
        """Which tools a refusal is about: they are sent bare from now on, or left out.

        "" for none. The others the server takes, and those of other agents.
        """
        if not self.has_tools or not is_of_a_schema(said):
            return ""
        self._tools_refused += 1
        named = named_in(said, self._tools())
        if self._tools_refused > MOST_TOOLS_REFUSED or (
            not named and first_named(said, {TOOLS: 0})
        ):
            self._passing.add(TOOLS)
            self._learned[TOOLS] = ""
            return TOOLS
        for tool in named:
            is_tried = tool.bare == tool.form or self._known(tool.habit) == BARE
            self._learned[tool.habit] = "" if is_tried else BARE
        return ", ".join(tool.habit for tool in named)

    def _tell_otherwise(self, said: str) -> str:
        """What to change in how earlier calls are told; "" for nothing.

        A server whose model has called tools takes tools, whatever it says of them.
        """
        field = wanted_back(said)
        if field and self._known(field) != GIVEN_BACK:
            self._learned[field] = GIVEN_BACK
            return field
        if self._tells_calls or not any("tool_calls" in each for each in self.messages):
            return ""
        self._tells_calls = True
        for name in THOUGHTS:  # that did not help
            self._learned.pop(name, None)
        return PAST_CALLS

    def _named(self, status: int, said: str) -> str:
        """The parameter that `said` names; it is left out from now on, or sent in another way."""
        name = self._first_sent(said, is_sure=status < 500)
        if not name:
            return ""
        refused = self._sent_as(name) or name
        habit = _habit(name, self._wanted[name])
        other = next((each for each in MAX_TOKENS if each != refused), "")
        if refused in MAX_TOKENS and counts_input(said):
            self._passing.add(habit)
            self._learned[habit] = ""
        elif refused in MAX_TOKENS and self._known(habit) is None:
            self._learned[habit] = other
        else:
            self._learned[habit] = ""
        return refused

    def _first_sent(self, said: str, *, is_sure: bool = True) -> str:
        """Which parameter that is sent `said` names first; "" for none.

        is_sure: else it may say anything, as of a stream that failed.
        """
        sent = {found: name for name in self._wanted if (found := self._sent_as(name))}
        if not is_sure:
            sent = {found: name for found, name in sent.items() if "_" in found}
        for most in sent.keys() & MAX_TOKENS:  # some name the one where the other was sent
            sent = dict.fromkeys(MAX_TOKENS, sent[most]) | sent
        return sent[refused] if (refused := first_named(said, sent)) else ""

    def give_room(self) -> bool:
        """The limit was reached before the first word: raise it, if there is one. False: not so."""
        limits = [self._wanted[name] for name in MAX_TOKENS if name in self._wanted]
        is_sent = any(self._sent_as(name) for name in MAX_TOKENS if name in self._wanted)
        self._tries += 1
        if not (is_sent and all(isinstance(each, int) for each in limits)):
            return False
        if self._known(THINKS) == WITH_ROOM or self._tries >= MAX_TRIES:
            return False
        self._learned[THINKS] = WITH_ROOM
        return True

    def confirm(self, *, is_answered: bool = True) -> list[str]:
        """The server has taken the request: remember in which form. Gives what is new, for the log.

        is_answered: with words, or a tool's call; else more room did not help.
        """
        learned, self._learned = self._learned, {}
        if not is_answered:
            learned.pop(THINKS, None)
        self._past.are_told = self._past.are_told or self._tells_calls
        return [
            habit
            for habit, instead in learned.items()
            if habit not in self._passing
            and (self._habits.use(habit, instead) if instead else self._habits.leave_out(habit))
        ]

    def _learn_role(self, said: str) -> str:
        role = self._instead("system", "system")
        if role == "user":
            return ""
        wants_developer = role == "system" and re.search(r"\buse\b.{0,20}developer", said, re.I)
        self._learned["system"] = "developer" if wants_developer else "user"
        return "system"

    def _sent_as(self, name: str) -> str | None:
        """Under which name a parameter is sent; None when it is left out."""
        return self._instead(_habit(name, self._wanted[name]), name) or None

    def _known(self, habit: str) -> str | None:
        """What is sent instead; None when the server takes it, as far as we know."""
        if habit in self._learned:
            return self._learned[habit]
        if self._habits.without(habit):
            return ""
        return self._habits.instead_of(habit, "") or None

    def _instead(self, habit: str, usual: str) -> str:
        known = self._known(habit)
        return usual if known is None else known


def said_in(body: object) -> str:
    """All that an error's body says, without what it repeats of the request.

    body: as decoded from JSON, or text.
    """
    return "\n".join(_texts(body, depth=6))[:READ_CHARACTERS]


def first_named(said: str, names: Mapping[str, object]) -> str:
    """The one of `names` that comes first in `said` as a word of its own; "" for none."""
    found: list[tuple[int, str]] = []
    for name in names:
        at = re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_])", said, re.IGNORECASE)
        if at:
            found.append((at.start(), name))
    return min(found)[1] if found else ""


def _texts(body: object, depth: int) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and depth:
        for each in body:
            # The place of what is refused: ["body", "tools", 0].
            yield from [str(each)] if type(each) is int else _texts(each, depth - 1)
    elif isinstance(body, dict) and depth:
        for name, each in body.items():
            if name not in _QUOTED:
                yield from _texts(each, depth - 1)


def _habit(name: str, value: object) -> str:
    """What is remembered: of a value that an agent chose, that it was refused, not the name."""
    return name if isinstance(value, bool | dict | list) else f"{name}={value}"


def _as_role(name: str) -> ChatRole:
    return "developer" if name == "developer" else "user" if name == "user" else "system"
