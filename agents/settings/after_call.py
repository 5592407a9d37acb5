"""The group of settings about calls that are over; as `agents.settings.groups`. Pure."""

from dataclasses import dataclass, field

from agents.analysis import fields as call_fields
from agents.settings.kinds import CallFields, Switch, declared
from agents.settings.kinds import translatable as _


@dataclass(frozen=True, slots=True)
class AfterCall:
    """What is written down of a call when it is over. See `agents.analysis`."""

    summarize: bool = field(
        default=True,
        metadata=declared(
            Switch(),
            _("Summarize calls with the language model"),
            _(
                "After each call, the agent’s language model writes a summary, the reason for the "
                "call and the fields below, charged as its other tokens are. When off, or with the "
                "local dialogue, simple rules fill in what they can."
            ),
        ),
    )
    fields: str = field(
        default="",
        metadata=declared(
            CallFields(call_fields.TEXT),
            _("Fields to fill in"),
            _(
                "One per line, as “name (type): description”. Types are text, number, date, yes/no "
                "and choice. For example: Party size (number): how many people come. Or: Branch "
                "(choice: Berlin, Hamburg). At most 10. Only a language model can fill them in."
            ),
            empty=_("none"),
        ),
    )
