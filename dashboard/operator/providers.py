"""The providers' health over all media processes, and whether the platform has a key for each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agents.engines.health import Kind
from agents.engines.registry import engines, names
from agents.providers.credentials import platform_has_access
from dashboard.labels import in_words
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from telephony.process.reports import reports

KINDS: Final[Mapping[Kind, str | Promise]] = {
    "stt": _("speech-to-text"),
    "llm": _("language model"),
    "tts": _("text-to-speech"),
}
# The errors of voicex.errors.EngineError; what a provider said is in the log alone.
FAILURES: Final[Mapping[str, str | Promise]] = {
    "EngineError": _("Request failed."),
    "EngineTimeout": _("Timed out."),
    "EngineBusy": _("Rate limited."),
    "EngineSilent": _("Empty response."),
    "EngineRefused": _("Key or request rejected."),
    "EngineMissing": _("A required package, model or program isn’t installed."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an engine over the last hour, all processes together.

    wait_ms: of the slowest process's median, because that is what some callers wait for.
    """

    engine: str
    kind: str | Promise
    answers: int = 0
    failures: int = 0
    wait_ms: int | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    has_access: bool = True

    @property
    def state(self) -> str:
        """`unused`, `failing` (only failures), `shaky` (more than 1 in 20) or `good`."""
        if not self.answers + self.failures:
            return "unused"
        if not self.answers:
            return "failing"
        return "shaky" if self.failures * 20 > self.answers + self.failures else "good"


@require_safe
@operator_required
def providers(request: OperatorRequest) -> HttpResponse:
    """All engines, part by part."""
    told = [each for report in reports(now=timezone.now()) for each in report.engines]
    context = {
        "parts": [
            _together(
                name,
                kind,
                [each for each in told if (each["engine"], each["kind"]) == (name, kind)],
            )
            for name in engines()
            for kind in KINDS
            if name in names(kind)
        ]
    }
    return render_page(request, "providers.html", context, part="_providers.html")


def _together(engine: str, kind: Kind, told: Iterable[Mapping[str, Any]]) -> Part:
    told = list(told)
    latest = max(told, key=lambda each: each["last_error_at"], default=None)
    has_failed = latest is not None and latest["last_error"]
    waits = [each["wait_ms"] for each in told if each["wait_ms"] is not None]
    return Part(
        engine=engine,
        kind=KINDS[kind],
        answers=sum(each["answers"] for each in told),
        failures=sum(each["failures"] for each in told),
        wait_ms=max(waits, default=None),
        last_error=in_words(FAILURES, latest["last_error"]) if latest and has_failed else "",
        last_error_at=datetime.fromtimestamp(latest["last_error_at"], UTC)
        if latest and has_failed
        else None,
        has_access=platform_has_access(engine),
    )
