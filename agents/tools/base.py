"""What a tool is: a name and a description for the model, typed arguments, and a function. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

SECONDS: Final = 10.0  # that a tool may take, unless it says otherwise


class ToolFailed(Exception):
    """The tool could not do what it was asked; the text is for the model, in plain words."""


class Effect(StrEnum):
    """What running a tool does to the world."""

    READ = "read"  # nothing: its run may be given up when the answer is not wanted any more
    WRITE = "write"  # something: a run that has begun is not given up while the call lasts


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """What a caller wants passed on, as a model wrote it: texts of any length and form.

    number: where to call back; "" for the number that calls.
    """

    text: str
    name: str = ""
    number: str = ""
    is_urgent: bool = False


class CallServices(Protocol):
    """What tools have stored outside of the call. Each writes once for a `key` of its call."""

    async def take_message(self, draft: MessageDraft, *, key: str) -> str:
        """Store it and have it passed on; what was taken, in words for the model.

        Raises ToolFailed when it cannot be taken.
        """


@dataclass(frozen=True, slots=True)
class ToolContext:
    """The call in which a tool runs. org_id, agent_id: public ids.

    key: tells this run apart from the others of the call; what writes does so once for each.
    services: None where nothing can be stored, as on a page that tries a tool.
    """

    org_id: str
    agent_id: str
    call_sid: str
    key: str = ""
    services: CallServices | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that a model can have done.

    name: letters, digits, - and _, at most 64. arguments: a flat msgspec.Struct, of which the
    JSON schema is made and by which a call is checked. run: gets the arguments as that Struct and
    returns the result for the model; it may raise ToolFailed. None: the session of the call carries
    it out itself. seconds: how long a run may take. component: of the ledger, by which a run is
    charged; "" when it costs nothing.
    """

    name: str
    description: str
    effect: Effect
    arguments: type[msgspec.Struct]
    run: Callable[[Any, ToolContext], Awaitable[str]] | None = None
    seconds: float = SECONDS
    component: str = ""

    def schema(self) -> Mapping[str, object]:
        """The JSON schema of the arguments: an object, without references."""
        _, components = msgspec.json.schema_components([self.arguments])
        schema = dict(components[self.arguments.__name__])
        return {name: schema[name] for name in ("type", "properties", "required")}
