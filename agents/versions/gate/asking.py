"""Checks that query other servers: concurrently in threads, with a time limit.

The database is read before, so the threads need no connections.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

import structlog
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.members.asking import ServersBusy, place_to_ask
from accounts.members.trust import may_check_setup
from accounts.models import Organization
from agents.engines import registry
from agents.engines.access import Credentials
from agents.providers.credential_checks import can_be_checked, models_of
from agents.providers.credentials import credentials_of, without_access
from agents.versions.gate.checks import KINDS
from agents.versions.gate.findings import Finding, State
from agents.versions.gate.subject import Subject
from voicex.errors import EngineError, EngineRefused, VoicexError

SECONDS: Final = 6.0  # a person waits for the page
THREADS: Final = 4
LATE: Final = "late"  # the code of what was not answered in time, or not asked

Question = Callable[[], list[Finding]]

log = structlog.get_logger(__name__)


def answers_to(questions: Iterable[Question], *, org: Organization) -> list[Finding]:
    """The findings within SECONDS; a warning for each check without a result by then.

    org: of the version. Only a warning if it has had too many checks, or too many run at once.
    """
    if not may_check_setup(org, by="gate"):
        return [_not_asked()]
    try:
        with place_to_ask(org):  # a page waits
            return _answers_in_time(questions)
    except ServersBusy:
        return [_not_asked()]


def _answers_in_time(questions: Iterable[Question]) -> list[Finding]:
    language = get_language()
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="publication")
    asked: list[Future[list[Finding]]] = [
        threads.submit(_answer, question, language) for question in questions
    ]
    try:
        done, late = wait(asked, timeout=SECONDS)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)  # each gives up by itself
    found = [finding for each in asked if each in done for finding in each.result()]
    return [*found, _late()] if late else found


def provider_questions(subject: Subject) -> list[Question]:
    """For each provider with a key: does it accept the key, and has it the models?"""
    used = set(subject.engines.values())
    try:
        missing = without_access(subject.secrets, used)
        credentials = credentials_of(subject.org, subject.secrets)
    except VoicexError:  # a secret that cannot be opened has its finding
        return []
    return [
        _question(name, credentials, _models(subject, name, credentials))
        for name in sorted(used)
        if can_be_checked(name) and name not in missing
    ]


def _question(engine: str, credentials: Credentials, models: list[str]) -> Question:
    return lambda: _ask(engine, credentials, models)


def _models(subject: Subject, engine: str, credentials: Credentials) -> list[str]:
    """The models of `engine` that the version names, or the platform's settings for it."""
    options = subject.version.engine_settings
    names = (f"{engine}.{kind}_model" for kind in KINDS if subject.engines[kind] == engine)
    chosen = (options.get(name) or credentials.default(name) for name in names)
    return sorted({model for model in chosen if isinstance(model, str) and model})


def _ask(engine: str, credentials: Credentials, models: list[str]) -> list[Finding]:
    title, named = _("Provider keys"), {"engine": registry.title_of(engine)}
    try:
        known = models_of(engine, credentials)
    except EngineRefused:
        text = _("%(engine)s rejects the key.") % named
        remedy = _("Add a valid key under Credentials, or choose another engine.")
        return [Finding(State.BAD, f"key_refused:{engine}", title, text, remedy)]
    except EngineError:
        text = _("%(engine)s couldn’t be reached, so the key wasn’t checked.") % named
        remedy = _("Try again in a minute. If it’s still unreachable, calls may fail.")
        return [Finding(State.WARN, f"key_away:{engine}", title, text, remedy)]
    accepted = _("%(engine)s accepts the key.") % named
    found = [Finding(State.GOOD, f"key_good:{engine}", title, accepted)]
    # A compatible server may serve models, or names of deployments, that it does not list.
    is_own = credentials.of(engine).endpoint in ("", registry.engines()[engine].address)
    for model in models:
        if known and model not in known:
            text = _("%(engine)s doesn’t list the model %(model)s.") % {**named, "model": model}
            found.append(
                Finding(
                    State.BAD if is_own else State.WARN,
                    f"model:{model}",
                    _("Models"),
                    text,
                    _("Correct the model’s name in the agent’s engine settings."),
                )
            )
    return found


def _answer(question: Question, language: str | None) -> list[Finding]:
    with override(language):
        try:
            return question()
        except Exception as error:  # boundary: a broken check must not prevent publishing
            log.warning("publication_check_failed", error=type(error).__name__)
            return [_late()]


def _late() -> Finding:
    return Finding(
        State.WARN,
        LATE,
        _("Checks"),
        _("Not all checks were completed, because a server didn’t respond in time."),
        _("Try again in a minute, or run the setup doctor."),
    )


def _not_asked() -> Finding:
    return Finding(
        State.WARN,
        LATE,
        _("Checks"),
        _("Not all checks were completed, because too many were requested."),
        _("Try again in a minute, or run the setup doctor."),
    )
