"""The type of a starting point: texts for a new agent, with gaps to fill in.

`{organization}` becomes the organization's name. A fact with [[double brackets]] waits for a member
to fill it in; until then the agent leaves it out (agents.settings.config.parse_facts), so every
starting point can answer its first call unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

NO_ANSWERS: Final[Mapping[str, str]] = MappingProxyType({})

# What callers ask most, by the names of the answers.
ASKED: Final = ("hours", "address", "parking", "services", "prices")

# A fact of another origin is such an answer when its topic has one of these words.
WORDS_OF_ASKED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "hours": ("opening", "hours", "are you open", "öffnungszeit", "geöffnet", "sprechzeit"),
        "address": ("address", "find us", "are you located", "where are you", "location",
                    "adresse", "anfahrt", "anschrift", "wo sind sie", "so finden sie",
                    "finde ich sie"),
        "parking": ("parking", "can i park", "parken", "parkplatz", "parkplätze"),
        "services": ("services", "do you offer", "leistungen", "angebot"),
        "prices": ("prices", "pricing", "how much", "preise", "kosten", "was kostet"),
    }
)  # fmt: skip
# "Email address" is none of a house.
NOT_ASKED: Final = "mail"


def topics_asked(topic: str) -> list[str]:
    """Which of ASKED a fact of that topic answers, of whatever origin it is."""
    said = topic.lower()
    if NOT_ASKED in said:
        return []
    return [name for name in ASKED if any(word in said for word in WORDS_OF_ASKED[name])]


@dataclass(frozen=True, slots=True)
class Texts:
    """One starting point in one language. name: of the agent, unless its member gives another.

    try_saying: what a first caller may say to see it work.
    """

    name: str
    greeting: str
    prompt: str
    facts: str = ""
    try_saying: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """All starting points in one language, by their keys.

    asked: of each of ASKED a word that is in the topic of such a fact, and the topic where a
    starting point has none.
    """

    tag: str
    asked: Mapping[str, tuple[str, str]]
    texts: Mapping[str, Texts] = field(repr=False)

    def fields(
        self, key: str, organization: str, answers: Mapping[str, str] = NO_ANSWERS
    ) -> dict[str, Any]:
        """The texts and the language of a first version, by the names of its fields.

        answers: what a member said to some of ASKED, by their names; blank ones are left out.
        """
        own, name = self.texts[key], _on_one_line(organization)
        facts = _with_answers(own.facts, answers, self.asked)
        texts = {"greeting": own.greeting, "prompt": own.prompt, "facts": facts}
        said = {each: text.replace("{organization}", name) for each, text in texts.items()}
        return said | {"language": self.tag}


def _with_answers(
    facts: str, answers: Mapping[str, str], asked: Mapping[str, tuple[str, str]]
) -> str:
    """`facts` with what was answered in place of gaps; what no fact waits for is added."""
    lines = facts.splitlines()
    for name, (word, topic) in asked.items():
        answer = _on_one_line(answers.get(name, ""))
        if not answer:
            continue
        topics = [line.partition(": ")[0] if "[[" in line else "" for line in lines]
        found = next((at for at, each in enumerate(topics) if word in each.lower()), None)
        if found is None:
            lines.append(f"{topic}: {answer}")
        else:
            lines[found] = f"{topics[found]}: {answer}"
    return "".join(f"{line}\n" for line in lines)


def _on_one_line(text: str) -> str:
    # Two brackets would look like a gap that no member can fill.
    return " ".join(text.replace("[[", "[").split())
