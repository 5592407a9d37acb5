"""Who the agent is, as far as dialogue code can read it from a prompt."""

import re
from dataclasses import dataclass
from typing import Final

# Who the agent is comes at the beginning of a prompt: characters of it that are read.
BEGINNING: Final = 1_000
_INTRODUCED: Final = re.compile(
    r"\b[Yy]ou(?:'re| are) (?P<name>[A-Z][\w'\-]*(?: [A-Z][\w'\-]*)?)"
    r"(?=[,.;]| the | a | an | at | of | for | from |$)"
)
_ROLE: Final = re.compile(
    r"\b(?P<role>(?:the|an?) [\w \-]{3,40}?) (?:of|at|for|from|with) "
    r"(?P<company>(?:the )?[A-Z][\w&'\-]*(?: (?:[A-Z0-9&][\w&'\-]*|and|of|the|de|la))*)"
)
_COMPANY: Final = re.compile(
    r"\b(?:of|at|for|from|with) (?P<company>[A-Z][\w&'\-]*(?: (?:[A-Z0-9&][\w&'\-]*|and|of))*)"
)


@dataclass(frozen=True, slots=True)
class Persona:
    """The agent's name, what it is ("the receptionist") and for whom; "" when not said."""

    name: str
    role: str = ""
    company: str = ""

    @property
    def introduction(self) -> str:
        """ "Mia, the receptionist of Bright Smile Dental", without a full stop."""
        if not self.company:
            return self.name
        return (
            f"{self.name}, {self.role} of {self.company}"
            if self.role
            else f"{self.name} from {self.company}"
        )


def persona(prompt: str, *, agent_name: str) -> Persona:
    """Read "You are Mia, the receptionist of Bright Smile Dental." from a prompt.

    Whatever the prompt does not say so is left out; the name falls back to the agent's.
    """
    first = prompt.strip().split("\n", 1)[0][:BEGINNING]
    introduced = _INTRODUCED.search(first)
    name = introduced.group("name") if introduced else agent_name
    role = _ROLE.search(first)
    if role:
        # "a receptionist" is introduced by the agent as itself: "Mia, a receptionist of ...".
        return Persona(name, role.group("role"), role.group("company"))
    company = _COMPANY.search(first)
    return Persona(name, company=company.group("company") if company else "")
