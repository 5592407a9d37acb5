"""The settings of what is taken out of a conversation: one group of a version. Pure."""

from dataclasses import dataclass, field

from agents.settings.kinds import Switch, declared
from agents.settings.kinds import translatable as _


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is taken out of the text and sound that are kept of a call; nothing by default."""

    card_numbers: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Remove card numbers"),
            _(
                "Payment card numbers, with the expiry date and security code given with them. "
                "Spoken, typed or keyed in, also over several turns or read back by the agent."
            ),
        ),
    )
    numbers: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Remove other numbers"),
            _(
                "Numbers of five or more digits, such as phone and account numbers, but not times, "
                "dates and prices. This includes callback numbers: you won’t find them in "
                "transcripts or messages. The number the call comes from is kept."
            ),
        ),
    )
    names: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Remove caller names"),
            _(
                "Names that callers give as their own, such as “my name is Anna Smith”, also "
                "spelled out. Other people’s names stay. The name of a caller who asks for a "
                "callback is removed too."
            ),
        ),
    )

    @property
    def is_on(self) -> bool:
        """Whether anything is taken out."""
        return self.card_numbers or self.numbers or self.names
