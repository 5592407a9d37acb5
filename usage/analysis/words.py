"""The analysis of a call in the reader's language, for pages, files and reports."""

import json
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from agents.analysis.fields import Value
from agents.analysis.lines import Outcome
from usage.models import Call, CallAnalysis

_MOST: Final = 10  # fields


def analysis_of(call: Call) -> CallAnalysis | None:
    """The analysis of the call, prefetched or by a query; None if there is none yet."""
    found: CallAnalysis | None = getattr(call, "analysis", None)
    return found


def summary_of(analysis: CallAnalysis) -> str:
    """The summary; without a model, the caller's first question and what was done."""
    if analysis.author == CallAnalysis.Author.MODEL:
        return analysis.summary
    done = _done(analysis)
    if not analysis.summary:
        return done
    return _("The caller’s first request: “%(text)s”.") % {"text": analysis.summary} + f" {done}"


def _done(analysis: CallAnalysis) -> str:
    if analysis.outcome == Outcome.ABANDONED and not analysis.summary:
        return _("The caller said nothing.")
    return {
        Outcome.ANSWERED: _("The agent answered."),
        Outcome.MESSAGE: _("The agent took a message."),
        Outcome.TRANSFERRED: _("The call was transferred."),
        Outcome.NOT_HELPED: _("The agent couldn’t help."),
        Outcome.ABANDONED: _("The caller hung up before an answer."),
    }[Outcome(analysis.outcome)]


def values_of(analysis: CallAnalysis) -> dict[str, Value]:
    """The values of the declared fields by name, in their order; none once they are deleted."""
    try:
        stored: Any = json.loads(analysis.field_values or "[]")
        return {str(name): value for name, value in stored[:_MOST]}
    except (ValueError, TypeError):
        return {}


def value_in_words(value: Value) -> str:
    """A value as pages show it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number_format(value)
    return value


def report_of(call: Call) -> dict[str, Any]:
    """The analysis as part of a call's report; empty if there is none yet."""
    analysis = analysis_of(call)
    if analysis is None:
        return {}
    return {
        "summary": summary_of(analysis),
        "outcome": analysis.outcome,
        "reason": analysis.reason,
        "language": analysis.language,
        "fields": values_of(analysis),
        "analysed_by": analysis.author,
    }
