"""Prepares versions before they are saved, and old ones after a migration.

Texts are parsed in another process, which may take a second. `atomic` keeps that out of
transactions, because on SQLite all other writers, including webhooks, would wait.
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.compiler.form import FORMAT
from agents.compiler.process import compiler
from agents.meaning.carrying import is_due_after
from agents.settings.config import WrittenFact
from voicex.errors import TaskFailed

log = structlog.get_logger(__name__)

READ: Final = ("greeting", "prompt", "facts", "settings", "language")
# Before the name of the field, in AgentVersion.set_aside: what cannot be prepared has no calls.
UNREADABLE: Final = "unreadable:"
# Services read the text that they store, and perhaps the one that was overtaken.
MOST_TEXTS: Final = 4
# Texts of drafts whose facts are kept: one page lists, checks and asks for those of one.
FACTS_KEPT: Final = 8
MADE_AT_ONCE: Final = 200  # rows held in memory while old versions are prepared
_TOO_MUCH: Final = {
    "greeting": gettext_lazy(
        "This greeting takes too long to process. Make it shorter and simpler."
    ),
    "facts": gettext_lazy(
        "These facts take too long to process. Use fewer, shorter and simpler ones."
    ),
    "documents": gettext_lazy("These documents take too long to process. Make them shorter."),
    "settings": gettext_lazy(
        "The recording announcement takes too long to process. Make it shorter and simpler."
    ),
}

P = ParamSpec("P")
T = TypeVar("T")

# What the compiler gave for texts, by the text, while a service of `atomic` runs.
_answers: ContextVar[dict[str, Any] | None] = ContextVar("answers", default=None)


class Unread(Exception):
    """A transaction needs texts that are not parsed yet: it is repeated once they are."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__("These texts have not been read yet")
        self.given = given


def atomic(service: Callable[P, T]) -> Callable[P, T]:
    """Run `service` in a transaction that never waits for the compiler.

    If it needs texts that are not parsed yet, it is rolled back, they are parsed, and it runs
    again. Nested calls join the outer transaction.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _answers.get() is not None:
            with transaction.atomic():
                return service(*args, **kwargs)
        answers: dict[str, Any] = {}
        token = _answers.set(answers)
        try:
            while True:
                try:
                    with transaction.atomic():
                        return service(*args, **kwargs)
                except Unread as unread:
                    answers[_key(unread.given)] = _ask(unread.given)
        finally:
            _answers.reset(token)

    return run


def _key(given: dict[str, Any]) -> str:
    return json.dumps(given, sort_keys=True)


def _ask(given: dict[str, Any]) -> Any:
    """The compiler's result, or its TaskFailed."""
    try:
        return compiler.ask("compile", given)
    except TaskFailed as failed:
        return failed


def _answer(given: dict[str, Any]) -> Any:
    answers = _answers.get()
    if answers is None:
        return _ask(given)
    if (key := _key(given)) in answers:
        return answers[key]
    if len(answers) >= MOST_TEXTS:  # others change the agent all the time
        return _ask(given)
    raise Unread(given)


def read_of(version: Any) -> dict[str, Any]:
    """What of a version (also of a historical model) is read to prepare it, by name."""
    return {name: getattr(version, name) for name in READ}


def prepared_of(said: Mapping[str, Any], *, is_stored: bool = False) -> dict[str, Any]:
    """The prepared form of a version (agents.compiler.form), made in the compiler's process.

    said: greeting, prompt, facts, settings and language, and "http_tools" if it takes some along
    (definitions as `agents.http_tools.frozen` gives them). is_stored: it was published before these
    limits, and answers calls as it is. Raises ValidationError by field.
    """
    tools = {"http_tools": said.get("http_tools", []), "is_stored": is_stored}
    answer = _answer({name: said[name] for name in READ} | tools)
    if isinstance(answer, TaskFailed):
        read = answer.reading or "facts"
        field = "settings" if read == "documents" else read
        raise ValidationError({field: [str(_TOO_MUCH[read])]}) from answer
    if "problems" in answer:
        errors: dict[str, list[str]] = {}
        for field, problem, detail in answer["problems"]:
            errors.setdefault(field, []).append(_in_words(problem, detail))
        raise ValidationError(errors)
    prepared: dict[str, Any] = answer["prepared"]
    return prepared


def facts_of(version: Any) -> list[WrittenFact]:
    """The facts of an AgentVersion, also of one that is not stored; none when that takes too long.

    What is stored is read from its prepared form.
    """
    if version.pk is not None:
        return list(version.written_facts)
    try:
        return list(_facts_in(version.facts)) if version.facts else []
    except ValidationError:
        return []  # said beside the field when it is saved


@lru_cache(FACTS_KEPT)
def _facts_in(text: str) -> tuple[WrittenFact, ...]:
    """The facts that a text of an editor holds. Raises ValidationError."""
    said = {"greeting": "", "prompt": "", "settings": {}, "language": ""}
    prepared = prepared_of(said | {"facts": text})
    return tuple(WrittenFact(*each) for each in prepared["facts"])


def prepare_old_versions(versions: Any) -> int:
    """Prepare what no call could read, because it is older than its form; returns how many.

    versions: the model's manager, also a historical one. The limits are for what is published from
    now on; what takes too long to be prepared is set aside with its reason. For `manage.py
    migrate`: never in a process that carries calls.
    """
    waiting = versions.filter(Q(prepared__isnull=True) | ~Q(prepared__format=FORMAT))
    done, last = 0, 0
    while found := list(waiting.filter(pk__gt=last).order_by("pk")[:MADE_AT_ONCE]):
        for version in found:
            last = version.pk
            done += _prepare_old(versions.filter(pk=last), version)
    return done


def _prepare_old(row: Any, version: Any) -> int:
    try:
        # The tools stay as they were when it was published.
        tools = {"http_tools": (version.prepared or {}).get("http_tools", [])}
        prepared = prepared_of(read_of(version) | tools, is_stored=True)
        # Vectors of the same passages stay.
        is_due = is_due_after(prepared, version.prepared, language=version.language)
    except ValidationError as error:
        field = next(iter(error.message_dict))
        row.update(prepared=None, set_aside=f"{UNREADABLE}{field}")
        log.warning("version_not_prepared", version=version.pk, field=field)
        return 0
    # A database that is taken back to before the column has a model without it.
    due = {"is_meaning_due": True} if is_due and hasattr(version, "is_meaning_due") else {}
    row.update(prepared=prepared, set_aside="", **due)
    return 1


def _in_words(problem: str, detail: Any) -> str:
    match problem:
        case "too_long":
            return _("At most %(limit)s characters") % {
                "limit": number_format(detail, force_grouping=True)
            }
        case "too_many":
            return _("At most %(limit)d facts, one per line") % {"limit": detail}
        case "too_many_unfilled":
            return _("At most %(limit)d facts to fill in") % {"limit": detail}
        case "too_many_documents":
            return _("At most %(limit)d documents") % {"limit": detail}
        case "unknown_variable":
            return _(
                "There is no variable %(name)s. Use one from the list, declare it as a parameter "
                "of the webhook URL, or write it without braces."
            ) % {"name": f"{{{detail}}}"}
        case "no_hours":
            return _("Set the opening hours before you use %(name)s.") % {"name": f"{{{detail}}}"}
    # Of facts, those that wait to be filled in are left out; a greeting is said whole.
    return _("Callers would hear %(gap)s. Fill it in first.") % {"gap": repr(detail)}
