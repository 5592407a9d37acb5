"""The starting points as members choose them: one of these, in one of the languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.providers.credentials import platform_has_access
from agents.starters.base import NO_ANSWERS, Language, Texts
from agents.starters.english import ENGLISH
from agents.starters.german import GERMAN
from agents.starters.speaking import engines_for

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {each.tag: each for each in (ENGLISH, GERMAN)}
)
# By their own names: who looks for a language knows it by that.
LANGUAGE_NAMES: Final = ((ENGLISH.tag, "English"), (GERMAN.tag, "Deutsch"))


@dataclass(frozen=True, slots=True)
class Starter:
    """One starting point, as it is shown."""

    key: str
    title: str | Promise
    summary: str | Promise

    def texts(self, language: str = ENGLISH.tag) -> Texts:
        """What its agent says in one of LANGUAGES."""
        return LANGUAGES[language].texts[self.key]

    def version_fields(
        self,
        organization: str,
        answers: Mapping[str, str] = NO_ANSWERS,
        *,
        language: str = ENGLISH.tag,
        has_access: Callable[[str], bool] = platform_has_access,
    ) -> dict[str, Any]:
        """The fields of a first version, as agents.versions.publishing takes them.

        answers: what a member said to some of `base.ASKED`, by their names. language: one of
        LANGUAGES; where the platform's engines do not speak it, others are named, of those with
        `has_access` (to their provider) first.
        """
        said = LANGUAGES[language].fields(self.key, organization, answers)
        return said | engines_for(language, has_access)


RECEPTIONIST: Final = Starter(
    key="receptionist",
    title=_("Receptionist"),
    summary=_("Answers common questions, and takes a message when it doesn’t know."),
)
BOOKING: Final = Starter(
    key="booking",
    title=_("Booking"),
    summary=_("Takes requests for appointments or tables, for a teammate to confirm."),
)
SUPPORT: Final = Starter(
    key="support",
    title=_("Support triage"),
    summary=_("Finds out what is wrong and how urgent it is, and emails it to your team."),
)
SURVEY: Final = Starter(
    key="survey",
    title=_("Survey"),
    summary=_(
        "Asks for feedback. A language model asks question by question. The local engine takes "
        "feedback as a message."
    ),
)
MESSAGES: Final = Starter(
    key="messages",
    title=_("Message taker"),
    summary=_("Takes a name, number and message, reads the number back and says goodbye."),
)
EMPTY: Final = Starter(
    key="empty",
    title=_("Blank"),
    summary=_("Just a greeting. You write the rest."),
)

STARTERS: Final[Mapping[str, Starter]] = MappingProxyType(
    {each.key: each for each in (RECEPTIONIST, BOOKING, SUPPORT, SURVEY, MESSAGES, EMPTY)}
)
