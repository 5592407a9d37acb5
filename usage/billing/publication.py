"""Checks before the publication of an agent's version whether its engines have prices."""

from django.utils import timezone
from django.utils.translation import gettext as _

from agents.engines import registry
from agents.versions.gate.checks import KINDS
from agents.versions.gate.findings import Finding, State
from agents.versions.gate.subject import Subject
from usage.billing.price_books import current_book, prices_of
from usage.billing.rating import ANY_ENGINE

_COMPONENTS: dict[registry.Kind, tuple[str, ...]] = {
    "stt": ("stt",),
    "llm": ("llm_in", "llm_out"),
    "tts": ("tts",),
}


def prices_known(subject: Subject) -> list[Finding]:
    """A warning for each engine without a price: its calls are charged once there is one."""
    priced = {(row.component, row.engine) for row in prices_of(current_book(timezone.now()))}
    without = sorted(
        {
            subject.engines[kind]
            for kind in KINDS
            for component in _COMPONENTS[kind]
            if not priced & {(component, subject.engines[kind]), (component, ANY_ENGINE)}
        }
    )
    return [
        Finding(
            State.WARN,
            f"price:{engine}",
            _("Price"),
            _("There is no price for %(engine)s yet.") % {"engine": registry.title_of(engine)},
            _("Calls are answered, and charged once the operator has set a price."),
        )
        for engine in without
    ]
