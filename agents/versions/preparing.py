"""Versions made ready for calls before they are saved, and old ones when the database migrates."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.compiler.form import FORMAT
from agents.compiler.process import compiler
from voicex.errors import TaskFailed

log = structlog.get_logger(__name__)

READ: Final = ("greeting", "prompt", "facts", "settings", "language")
# Before the name of the field, in AgentVersion.set_aside: what cannot be prepared has no calls.
UNREADABLE: Final = "unreadable:"
MADE_AT_ONCE: Final = 200  # rows held in memory while old versions are prepared
_TOO_MUCH: Final = {
    "greeting": gettext_lazy(
        "This greeting takes too long to process. Make it shorter and simpler."
    ),
    "facts": gettext_lazy(
        "These facts take too long to process. Use fewer, shorter and simpler ones."
    ),
    "settings": gettext_lazy(
        "The recording announcement takes too long to process. Make it shorter and simpler."
    ),
}


def read_of(version: Any) -> dict[str, Any]:
    """What of a version (also of a historical model) is read to prepare it, by name."""
    return {name: getattr(version, name) for name in READ}


def prepared_of(said: Mapping[str, Any], *, is_stored: bool = False) -> dict[str, Any]:
    """The prepared form of a version (agents.compiler.form), made in the compiler's process.

    said: greeting, prompt, facts, settings and language. is_stored: it was published before these
    limits, and answers calls as it is. Raises ValidationError by field.
    """
    try:
        given = {name: said[name] for name in READ} | {"is_stored": is_stored}
        answer = compiler.ask("compile", given)
    except TaskFailed as failed:
        field = failed.reading or "facts"
        raise ValidationError({field: [str(_TOO_MUCH[field])]}) from failed
    if "problems" in answer:
        errors: dict[str, list[str]] = {}
        for field, problem, detail in answer["problems"]:
            errors.setdefault(field, []).append(_in_words(problem, detail))
        raise ValidationError(errors)
    prepared: dict[str, Any] = answer["prepared"]
    return prepared


def unfilled_in(facts: str) -> list[str]:
    """The topics of the facts in a text that wait to be filled in; none when that takes too long.

    For texts that are not published yet; a published version knows its own.
    """
    if not facts:
        return []
    try:
        said = {"greeting": "", "prompt": "", "facts": facts, "settings": {}, "language": ""}
        return list(prepared_of(said)["unfilled"])
    except ValidationError:
        return []  # said beside the field when it is saved


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
        prepared = prepared_of(read_of(version), is_stored=True)
    except ValidationError as error:
        field = next(iter(error.message_dict))
        row.update(prepared=None, set_aside=f"{UNREADABLE}{field}")
        log.warning("version_not_prepared", version=version.pk, field=field)
        return 0
    row.update(prepared=prepared, set_aside="")
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
    # Of facts, those that wait to be filled in are left out; a greeting is said whole.
    return _("Callers would hear %(gap)s. Fill it in first.") % {"gap": repr(detail)}
