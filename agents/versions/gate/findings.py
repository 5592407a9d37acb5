"""The finding of a check: severity, words, remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """How a check came out; the values are the classes of `components/checks.html`."""

    GOOD = "good"
    BAD = "bad"  # calls would fail: nothing is published
    WARN = "warn"  # callers are answered, but not as they should be: published when asked twice
    NOTE = ""  # nothing is wrong, or it cannot be known


STATES: Final[dict[State, str | Promise]] = {
    State.GOOD: _("OK"),
    State.BAD: _("Failing"),
    State.WARN: _("Warning"),
    State.NOTE: _("Not checked"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in the reader's language.

    code: what was found without words, the same in every language; names what a second press
    accepts.
    """

    state: State
    code: str
    title: str
    text: str
    remedy: str = ""

    @property
    def state_text(self) -> str:
        """The state in words, for readers who do not see its colour."""
        return str(STATES[self.state])


def of_state(findings: Sequence[Finding], state: State) -> list[Finding]:
    """Those of `findings` that came out so."""
    return [each for each in findings if each.state is state]


def warnings_in(findings: Sequence[Finding]) -> str:
    """Short names of the warnings among `findings`, in one text; "" without one."""
    codes = {each.code for each in of_state(findings, State.WARN)}
    return "-".join(sorted(sha256(code.encode()).hexdigest()[:8] for code in codes))


def are_accepted(warnings: str, accepted: str) -> bool:
    """Whether all of `warnings` are among those that were `accepted` before."""
    return set(filter(None, warnings.split("-"))) <= set(accepted.split("-"))
