"""The settings of an agent that puts callers through: one group of a version. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from agents.settings.kinds import Lines, Switch, declared
from agents.settings.kinds import translatable as _
from agents.transfers import hours as week
from agents.transfers.hours import fault_in_hours, fault_in_zone
from agents.transfers.targets import TEXT, Target, fault_in_targets, target_named, targets_in


@dataclass(frozen=True, slots=True)
class Transfers:
    """To whom callers are put through, and when. Without a target the agent offers none."""

    targets: str = field(
        default="",
        metadata=declared(
            Lines(
                TEXT,
                fault_in_targets,
                "at most 10 lines `name = number; when to use it`",
                is_list=True,
            ),
            _("Transfer calls to"),
            _(
                "People and departments the agent can put callers through to, at most 10. It "
                "chooses by name and never dials another number. An extension is dialed after the "
                "answer. In files, one per line: Sales = +14155550100; ext 12; announce; prices "
                "and orders."
            ),
            empty=_("nobody"),
        ),
    )
    hours: str = field(
        default="",
        metadata=declared(
            Lines(week.TEXT, fault_in_hours, "lines such as `Mon-Fri 9:00-17:00`", rows=3),
            _("Transfer hours"),
            _(
                "When someone is there, one line for each part of the week. For example: Mon-Fri "
                "9:00-12:30, 13:30-18:00. Outside these hours the agent doesn’t transfer calls. "
                "Leave blank to use the opening hours or, without those, to transfer at any time."
            ),
            empty=_("as the opening hours"),
        ),
    )
    time_zone: str = field(
        default="",
        metadata=declared(
            Lines(week.ZONE, fault_in_zone, "a time zone such as `Europe/Berlin`", rows=1),
            _("Time zone of the transfer hours"),
            _(
                "For example Europe/Berlin or America/New_York. Leave blank to use that of the "
                "opening hours or, without one, the organization’s."
            ),
            empty=_("as the opening hours"),
        ),
    )

    presses_keys: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Press phone keys"),
            _("The agent can press keys during a call, for automatic systems that ask for them."),
        ),
    )

    @property
    def all(self) -> tuple[Target, ...]:
        """The targets, in the order of the list."""
        return targets_in(self.targets)

    def named(self, name: str) -> Target | None:
        """The target of that name, in either case."""
        return target_named(self.targets, name)

    def is_open(self, now: datetime) -> bool:
        """Whether callers are put through at that moment."""
        return week.is_open(self.hours, self.time_zone, now=now)
