"""The phone numbers that lead to an agent: as its carrier has them, or as latest calls show."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.keys.api_keys import usable_keys
from agents.models import Agent
from agents.versions.gate.asking import LATE, Question, answers_to
from agents.versions.gate.findings import Finding, State
from agents.versions.gate.subject import Subject
from agents.versions.publishing import first_active
from telephony.carriers.accounts import account_of
from telephony.carriers.numbers import Account, Number, PageCursor
from telephony.twilio.carrier import TWILIO
from telephony.twilio.numbers import target_of
from usage.models import Call
from usage.records.caller_numbers import readable
from voicex.errors import CarrierProblem

MAX_NUMBERS: Final = 5
CALLS_LOOKED_AT: Final = 200
LOOKED_BACK: Final = timedelta(days=30)
# A large account has hundreds of numbers, 20 a page, and a person waits.
SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Reader:
    """What it takes to read a number's URL; read from the database before Twilio is asked."""

    agent_id: str
    is_default: bool  # the agent answers numbers whose URL names none
    prefixes: frozenset[str]

    @classmethod
    def of(cls, agent: Agent) -> "_Reader":
        keys = usable_keys(agent.org, now=timezone.now())
        return cls(
            agent_id=agent.public_id,
            is_default=first_active(agent.org) == agent,
            prefixes=frozenset(keys.values_list("prefix", flat=True)),
        )

    def leads_here(self, number: Number) -> bool:
        """Whether the number's URL is ours and names the agent, or leaves it to the default."""
        target = target_of(number)
        if target is None or not target.is_ours:
            return False
        return target.agent_id == self.agent_id or (not target.agent_id and self.is_default)

    def works(self, number: Number) -> bool:
        """Whether a call to a number that leads here is answered."""
        target = target_of(number)
        is_known = target is not None and target.key_prefix in self.prefixes
        return is_known and number.voice_method == "POST" and not number.handled_by


def questions_of(subject: Subject) -> list[Question]:
    """For the gate: whether the numbers of the Twilio account that lead here work."""
    account = account_of(subject.org, carrier=TWILIO)
    if account is None:
        return []
    reader = _Reader.of(subject.agent)
    return [lambda: _connected(account, reader)]


def numbers_in_use(subject: Subject) -> list[Finding]:
    """For the gate: the numbers on which the agent was called lately."""
    numbers = called_lately(subject.agent)
    if not numbers:
        return []
    said = _("The agent was called on %(numbers)s in the last 30 days.")
    text = said % {"numbers": _in_words(numbers)}
    return [Finding(State.GOOD, "numbers:called", _("Numbers"), text)]


def switching_off(agent: Agent) -> list[Finding]:
    """For the gate: the numbers that callers would no longer reach the agent on."""
    account, found = account_of(agent.org, carrier=TWILIO), list[Finding]()
    if account is not None:
        reader, own = _Reader.of(agent), account
        found = [
            each
            for each in answers_to([lambda: _losing(own, reader)], org=agent.org)
            if each.code != LATE
        ]
    if not found:
        numbers = called_lately(agent)
        found = [_lost(numbers)] if numbers else []
    return found


def called_lately(agent: Agent) -> list[str]:
    """The numbers that the agent's latest calls came in on."""
    calls = Call.objects.filter(
        org=agent.org,
        agent=agent,
        channel=Call.Channel.PHONE,
        opened_at__gt=timezone.now() - LOOKED_BACK,
    ).order_by("-opened_at", "-pk")
    stored = calls.values_list("to_number", flat=True)[:CALLS_LOOKED_AT]
    numbers = (readable(each) for each in stored)
    return list(dict.fromkeys(number for number in numbers if number.startswith("+")))


def _connected(account: Account, reader: _Reader) -> list[Finding]:
    title = _("Numbers")
    try:
        found = _leading_here(account, reader)
    except CarrierProblem as problem:
        text = _(problem.reason.label)
        return [Finding(State.NOTE, "numbers:unknown", title, text)]
    broken = [each.number for each in found if not reader.works(each)]
    if broken:
        text = _(
            "%(numbers)s can’t reach this agent: its key no longer works, or it uses HTTP GET."
        )
        return [
            Finding(
                State.WARN,
                "numbers:broken",
                title,
                text % {"numbers": _in_words(broken)},
                _("Connect it again under Numbers."),
            )
        ]
    if not found:
        text = _("No number of your Twilio account is connected to this agent.")
        return [Finding(State.NOTE, "numbers:none", title, text, _("Connect one under Numbers."))]
    text = _("Connected: %(numbers)s.") % {"numbers": _in_words([each.number for each in found])}
    return [Finding(State.GOOD, "numbers:connected", title, text)]


def _losing(account: Account, reader: _Reader) -> list[Finding]:
    try:
        found = _leading_here(account, reader)
    except CarrierProblem:
        return []  # then its calls say what is known
    return [_lost([each.number for each in found])] if found else []


def _lost(numbers: list[str]) -> Finding:
    text = _("%(numbers)s is connected to this agent. Callers can no longer reach it.")
    if len(numbers) > 1:
        text = _("%(numbers)s are connected to this agent. Callers can no longer reach it.")
    return Finding(
        State.WARN,
        "off",
        _("Numbers"),
        text % {"numbers": _in_words(numbers)},
        _("Connect another agent under Numbers first, or save again to switch it off anyway."),
    )


def _leading_here(account: Account, reader: _Reader) -> list[Number]:
    """Raises CarrierProblem."""
    found: list[Number] = []
    place: PageCursor | None = PageCursor()
    begun = monotonic()
    while place is not None and monotonic() - begun < SECONDS:
        page = TWILIO.numbers.numbers_of(account, place=place)
        found += [each for each in page.numbers if reader.leads_here(each)]
        place = page.next_place
    return found


def _in_words(numbers: list[str]) -> str:
    more = " …" if len(numbers) > MAX_NUMBERS else ""
    return ", ".join(numbers[:MAX_NUMBERS]) + more
