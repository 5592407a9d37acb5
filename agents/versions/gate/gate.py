"""Runs the checks of a version, and decides whether it may be published.

Applications above add their checks when they are loaded (`add_check`, `add_questions`): prices are
known to `usage`, numbers to `telephony`. Red findings refuse. Yellow ones ask: who publishes names
the warnings that were read (`warnings_in`), and a warning that was not among them asks once more.
"""

from collections.abc import Callable
from typing import Final

from django.core.exceptions import ValidationError

from agents.models import Agent, AgentVersion
from agents.saved_tests import checking
from agents.versions.gate import checks
from agents.versions.gate.asking import Question, answers_to, provider_questions
from agents.versions.gate.findings import Finding, State, are_accepted, of_state, warnings_in
from agents.versions.gate.subject import Subject

Check = Callable[[Subject], list[Finding]]
Questions = Callable[[Subject], list[Question]]
OffCheck = Callable[[Agent], list[Finding]]

_checks: Final[list[Check]] = [
    checks.engines_fit,
    checks.keys_exist,
    checks.models_allowed,
    checks.voice_known,
    checks.facts_filled,
    checks.tools_exist,
    checks.transfers_possible,
    checking.saved_tests_pass,
]
_questions: Final[list[Questions]] = [provider_questions]
_off_checks: Final[list[OffCheck]] = []


class GateClosed(ValidationError):
    """Nothing was published. findings: all of them; is_question: a second attempt with `accepts`
    publishes.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        bad = of_state(findings, State.BAD)
        self.is_question = not bad
        self.accepts = warnings_in(findings)
        said = [f"{each.text} {each.remedy}".strip() for each in bad]
        asked = [f"{each.text} {each.remedy}".strip() for each in of_state(findings, State.WARN)]
        super().__init__(said or asked, code="gate")


def add_check(check: Check) -> None:
    """Register a check of versions that only reads the database. Called at start-up."""
    if check not in _checks:
        _checks.append(check)


def add_questions(questions: Questions) -> None:
    """Register checks that query other servers; `questions` reads the data for them. Called at
    start-up.
    """
    if questions not in _questions:
        _questions.append(questions)


def add_off_check(check: OffCheck) -> None:
    """Register a check that runs before an agent is switched off. Called at start-up."""
    if check not in _off_checks:
        _off_checks.append(check)


def examine(agent: Agent, version: AgentVersion, *, asks: bool = False) -> list[Finding]:
    """Run all checks of `version` for `agent`; returns the findings.

    asks: also query other servers, for `asking.SECONDS` at most; never in a transaction.
    """
    subject = Subject.of(agent, version)
    found = [finding for check in _checks for finding in check(subject)]
    if not asks:
        return found
    questions = [each for source in _questions for each in source(subject)]
    answered = answers_to(questions, org=agent.org) if questions else []
    # Of a key, the provider's word replaces that it exists.
    heard = {each.code.partition(":")[2] for each in answered if each.code.startswith("key_")}
    kept = [each for each in found if each.code not in {f"key_set:{name}" for name in heard}]
    return [*kept, *answered]


def failing(agent: Agent) -> list[Finding]:
    """The findings by which calls of the published version fail, without querying other servers."""
    if agent.published is None:
        return []
    return of_state(examine(agent, agent.published), State.BAD)


def ensure(
    agent: Agent, version: AgentVersion, *, accepted: str | None = None, asks: bool = False
) -> None:
    """Raise GateClosed unless `version` may be published.

    accepted: `GateClosed.accepts` of an earlier attempt, "" for the first; None where no person
    can be asked, so that warnings pass. asks: as for `examine`.
    """
    _pass(examine(agent, version, asks=asks), accepted)


def ensure_off(agent: Agent, *, accepted: str | None) -> None:
    """Raise GateClosed unless `agent` may be switched off. accepted: as in `ensure`."""
    _pass(before_off(agent), accepted)


def before_off(agent: Agent) -> list[Finding]:
    """What is to be known before `agent` takes no more calls. May query other servers."""
    return [finding for check in _off_checks for finding in check(agent)]


def _pass(found: list[Finding], accepted: str | None) -> None:
    is_bad = bool(of_state(found, State.BAD))
    if is_bad or (accepted is not None and not are_accepted(warnings_in(found), accepted)):
        raise GateClosed(found)
