"""The agent to which visitors of the first page can write.

It is the sample agent (`agents.versions.samples`) on the local dialogue: without a key, a provider,
a call or storage. A question takes some 20 ms of one core; the first one loads the model.
"""

from functools import cache
from typing import Final

from allauth.core.internal.ratelimit import get_ip  # truncates IPv6 to a subscriber's network
from django.http import HttpRequest

from accounts.rate_limits import is_within
from agents.engines.conversation import Role, Utterance
from agents.engines.local import embeddings
from agents.engines.local.dialogue.composing import Agent
from agents.engines.local.dialogue.knowledge import Knowledge
from agents.engines.local.dialogue.persona import persona
from agents.engines.local.dialogue.replies import answer
from agents.settings.config import parse_facts
from agents.versions.samples import HARBOUR_DENTAL as SAMPLE

MAX_CHARACTERS: Final = 200  # of a question
# Questions in a minute. All visitors share the second number: pages run beside members' own.
FROM_AN_ADDRESS: Final = 20
FROM_ALL: Final = 240
_MINUTE: Final = 60  # seconds


class TooManyQuestions(Exception):
    """No further question is answered this minute."""


def answer_to(question: str, request: HttpRequest) -> str:
    """The agent's answer to `question` as the caller's first words after its greeting.

    Raises TooManyQuestions, and EngineMissing if the model is not installed.
    """
    here = is_within(FROM_AN_ADDRESS, seconds=_MINUTE, name=f"example:{get_ip(request)}")
    if not (here and is_within(FROM_ALL, seconds=_MINUTE, name="example")):
        raise TooManyQuestions
    said = (Utterance(Role.AGENT, SAMPLE.greeting), Utterance(Role.CALLER, question))
    return answer(_agent(), said).text


@cache
def _agent() -> Agent:
    return Agent(
        persona=persona(SAMPLE.prompt, agent_name=SAMPLE.agent_name),
        greeting=SAMPLE.greeting,
        knowledge=Knowledge(parse_facts(SAMPLE.facts), embeddings.encode),
    )
