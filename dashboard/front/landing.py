"""The first page: an introduction for visitors, a redirect to their organization for members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agents.versions.samples import HARBOUR_DENTAL as SAMPLE
from dashboard.front.example import MAX_CHARACTERS, TooManyQuestions, answer_to
from dashboard.organization import organizations
from usage.billing.price_books import PriceRow, current_book, prices_of
from usage.billing.rating import ANY_ENGINE
from usage.models import Price
from voicex.errors import EngineMissing

log = structlog.get_logger(__name__)

_MINUTE: Final = 60  # seconds
# In the agent's language: it understands English only.
SUGGESTIONS: Final = (
    "When are you open?",
    "Is there parking?",
    "How much is a check-up?",
    "Do you treat children?",
    "Can I leave a message?",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the agent's answer, or why there is none."""

    question: str
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PriceShown:
    """The price of `per` units of a component, in micro-dollars."""

    label: str
    micros: int
    per: int
    unit: str


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page; a signed-in user is redirected to their organization."""
    if request.user.is_authenticated:
        return organizations.way_in(request)
    question = " ".join(request.GET.get("ask", "").split())[:MAX_CHARACTERS]
    context = {
        "sample": SAMPLE,
        "suggestions": SUGGESTIONS,
        "most_characters": MAX_CHARACTERS,
        "answer": _answer(question, request) if question else None,
        "prices": default_prices(),
    }
    return render(request, "front/landing.html", context)


def default_prices() -> Sequence[PriceShown]:
    """The prices of calls on the default engines.

    From the current price list; empty without one.
    """
    chosen = {
        Price.Component.TELEPHONY: ANY_ENGINE,
        Price.Component.STT: settings.DEFAULT_STT,
        Price.Component.LLM_IN: settings.DEFAULT_LLM,
        Price.Component.LLM_OUT: settings.DEFAULT_LLM,
        Price.Component.TTS: settings.DEFAULT_TTS,
    }
    prices = prices_of(current_book(timezone.now()))
    known = {(row.component, row.engine): row for row in prices}
    found = [
        known.get((component, engine)) or known.get((component, ANY_ENGINE))
        for component, engine in chosen.items()
    ]
    return [_shown(row) for row in found if row is not None]


def _shown(row: PriceRow) -> PriceShown:
    # A second costs so little that nobody can read it.
    times = _MINUTE if row.unit == "second" and row.per == 1 else 1
    label = Price.Component(row.component).label
    return PriceShown(str(label), row.micros * times, row.per * times, row.unit)


def _answer(question: str, request: HttpRequest) -> Exchange:
    try:
        return Exchange(question, text=answer_to(question, request))
    except TooManyQuestions:
        return Exchange(question, problem=_("Too many questions for now. Try again in a minute."))
    except EngineMissing:
        log.warning("example_agent_missing")
        problem = _("The example agent isn’t available right now.")
        return Exchange(question, problem=problem)
