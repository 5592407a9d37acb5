"""The documents of an agent: one group of a version. Pure."""

from dataclasses import dataclass, field

from agents.documents import passages
from agents.settings.kinds import Text, declared
from agents.settings.kinds import translatable as _


@dataclass(frozen=True, slots=True)
class Documents:
    """Longer texts in which the agent looks up what no fact says."""

    text: str = field(
        default="",
        metadata=declared(
            Text(passages.TEXT, rows=8),
            _("Documents"),
            _(
                "Longer texts such as price lists and policies, at most 20. Begin each with a line "
                "“# Title”. The agent searches them when the facts don’t say. The call’s page "
                "shows which passages it found. Needs the local engine or a language model that "
                "can call tools."
            ),
            empty=_("none"),
        ),
    )
