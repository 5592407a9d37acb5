"""Error reports (debug page, e-mail to the operators) without secrets.

Django hides variables only where a decorator names them and only when DEBUG is off.
Here every value of every frame is rendered and redacted, whatever DEBUG says, because a
developer's debug page is read through ngrok by the client who tests a webhook URL.
"""

import re
import reprlib
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from voicex.logs import redacted


class _Rendered(str):
    """A text that is shown as it is, without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _renderer() -> reprlib.Repr:
    """A `repr` that survives broken objects, and truncates only far beyond the length of a key."""
    renderer = reprlib.Repr()
    renderer.maxstring = renderer.maxother = 4000
    renderer.maxdict = renderer.maxlist = renderer.maxtuple = renderer.maxset = 100
    return renderer


class HideSecrets(SafeExceptionReporterFilter):
    """Hides variables and settings by name, and secrets inside any other value."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|TICKET|PEPPER|RAW_QUERY", re.I
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always, also with DEBUG."""
        return True

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Names and rendered values of one frame's variables."""
        renderer = _renderer()
        hidden = super().get_traceback_frame_variables(request, tb_frame)
        return {
            name: self.cleansed_substitute
            if self.hidden_settings.search(name)
            # Rendered before redaction, because Django's printer would split bytes into lines.
            else _Rendered(redacted(renderer.repr(value)))
            for name, value in hidden
        }.items()


class SecretFreeReporter(ExceptionReporter):
    """Redacts the finished report, including exception message, source lines and META."""

    def get_traceback_html(self) -> SafeString:
        """The debug page."""
        return _redacted_page(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        """The plain-text report, as sent by e-mail."""
        return _redacted_page(super().get_traceback_text())


def _redacted_page(page: SafeString) -> SafeString:
    # The report is escaped already, and the replacement for secrets needs no escaping.
    return mark_safe(redacted(page))  # noqa: S308  # nosec B308, B703
