"""The type of a tool: name and description for the model, typed arguments, a function. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol, get_args, get_origin

import msgspec

from agents.documents.passages import Passage
from agents.http_tools.arguments import FlatArguments, Values, digits
from agents.http_tools.definition import Definition
from agents.settings.config import AgentConfig

SECONDS: Final = 10.0  # the default timeout of a tool


class ToolFailed(Exception):
    """The tool has failed; the message is for the model, in plain words."""


class Effect(StrEnum):
    """The side effects of a tool."""

    READ = "read"  # none: its run may be cancelled with the answer
    WRITE = "write"  # some: a running tool is not cancelled during the call


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A caller's message as a model wrote it: texts of any length and form.

    number: where to call back; "" for the number that calls. day, time: when, for a call back;
    both "" for a message without a time.
    """

    text: str
    name: str = ""
    number: str = ""
    is_urgent: bool = False
    day: str = ""
    time: str = ""


class CallServices(Protocol):
    """Side effects of tools outside of the call. Idempotent for each `key` of a call."""

    async def take_message(self, draft: MessageDraft, *, key: str) -> str:
        """Store the message and pass it on; returns a confirmation for the model.

        Raises ToolFailed when it cannot be taken.
        """

    async def ask_server(self, tool: Definition, values: Values, *, key: str) -> str:
        """Send the request of an organization's tool; the answer, for the model.

        Raises ToolFailed when there is none.
        """

    async def transfer(self, name: str, *, briefing: str) -> str:
        """Request a transfer to the target of that name; returns a description for the model.

        briefing: for the person who answers, as a model wrote it. Raises ToolFailed where there is
        no such target, or nobody to answer at this time.
        """

    async def send_keys(self, keys: str, *, response_id: str) -> None:
        """Send the tones of keys (0 to 9, *, #, w) as part of the answer of that id."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """The call in which a tool runs. org_id, agent_id: public ids.

    key: tells this run apart from the others of the call; what writes does so once for each.
    response_id: of the answer that wants it.
    services: None where nothing can be stored, as on a page that tries a tool. own: the tools of
    the organization that the call's version may use. offered: the names of all that its model was
    offered: no other is run; None where that is not known, as on such a page. passages: of the
    agent's documents.
    near: tells which of them mean what a question asks, by number and likeness; None where their
    words alone are compared.
    """

    org_id: str
    agent_id: str
    call_sid: str
    key: str = ""
    response_id: str = ""
    services: CallServices | None = None
    own: tuple[Definition, ...] = ()
    offered: frozenset[str] | None = None
    passages: tuple[Passage, ...] = ()
    near: Callable[[str], Awaitable[Mapping[int, float]]] | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool for models.

    name: letters, digits, - and _, at most 64. arguments: a flat msgspec.Struct, of which the
    JSON schema is made and by which a call is checked; of an organization's tool its parameters.
    run: gets the arguments as that Struct (values by name) and returns the result for the model; it
    may raise ToolFailed. None: the session of the call carries it out itself. once_by_key: what it
    writes is written once, however often it is run with one key. is_elsewhere: it changes something
    at a server of the organization, where a second run may be a second deed. seconds: how long a
    run may take. component: of the ledger, by which a run is charged; "" when it costs nothing.
    offered_for: returns the tool as the model of an agent is offered it, None where it is not;
    itself None for a tool that every agent's is.
    """

    name: str
    description: str
    effect: Effect
    arguments: type[msgspec.Struct] | FlatArguments
    run: Callable[[Any, ToolContext], Awaitable[str]] | None = None
    once_by_key: bool = False
    is_elsewhere: bool = False
    seconds: float = SECONDS
    component: str = ""
    offered_for: "Callable[[AgentConfig], Tool | None] | None" = None

    @property
    def may_run_again(self) -> bool:
        """Whether a run with an unknown outcome may be repeated."""
        return self.effect is Effect.READ or self.once_by_key

    def schema(self) -> Mapping[str, object]:
        """The JSON schema of the arguments: an object, without references."""
        if isinstance(self.arguments, FlatArguments):
            return self.arguments.schema()
        _, components = msgspec.json.schema_components([self.arguments])
        schema = dict(components[self.arguments.__name__])
        schema["properties"] = {n: _plain(each) for n, each in schema["properties"].items()}
        return {name: schema[name] for name in ("type", "properties", "required")}

    def read(self, arguments: str) -> Any:
        """Parse a model's arguments for `run`. Raises ValueError for invalid ones."""
        if isinstance(self.arguments, FlatArguments):
            return self.arguments.read(arguments)
        given = msgspec.json.decode(arguments or "{}")
        if isinstance(given, dict):
            given = _as_meant(given, self.arguments)
        return msgspec.convert(given, self.arguments)


def _plain(described: Mapping[str, object]) -> dict[str, object]:
    """What servers know of JSON schema: Gemini refuses a choice that has no type, or defaults."""
    found = {name: value for name, value in described.items() if name != "default"}
    return found if "type" in found or "enum" not in found else {**found, "type": "string"}


def _as_meant(given: dict[str, Any], arguments: type[msgspec.Struct]) -> dict[str, Any]:
    """What a model wrote: null, or "" for what may be left out, is left out; digits are a text."""
    fields = {each.name: each for each in msgspec.structs.fields(arguments)}
    found = {}
    for name, value in given.items():
        known = fields.get(name)
        if value is None or (value == "" and known is not None and not known.required):
            continue
        is_bare = known is not None and _is_text(known.type) and _is_number(value)
        found[name] = digits(value) if is_bare else value
    return found


def _is_text(kind: Any) -> bool:
    """Whether a field of that type takes texts alone, any or some."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    is_choice = get_origin(kind) is Literal and all(isinstance(e, str) for e in get_args(kind))
    return kind is str or is_choice


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
