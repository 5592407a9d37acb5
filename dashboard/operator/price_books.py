"""The price book: its versions, and a form that is initially a copy of the latest.

A version is never changed once it is written (`usage.billing.price_books`).
"""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.audit.platform_log import history_of
from agents.engines import registry
from dashboard.bounded_fields import MomentField, row_number
from dashboard.operator.money import DollarField
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.billing import open_lines
from usage.billing.price_books import (
    OVERTAKEN,
    PriceRow,
    check_moment,
    check_prices,
    current_book,
    draft_prices,
    latest_version,
    prices_of,
    proposed_prices,
    publish_book,
    without_price,
)
from usage.billing.rating import UNITS
from usage.models import Price, PriceBook

MOST_ROWS: Final = 200
EMPTY_ROWS: Final = 2


class PriceBookForm(forms.Form):
    """When a new version takes effect, and its reason."""

    effective_from = MomentField(
        label=gettext_lazy("Effective from"),
        help_text=gettext_lazy("A future date and time in your time zone."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("What changed, for other operators."),
    )

    def clean_effective_from(self) -> Any:
        """The date. Raises ValidationError if it has passed."""
        moment = self.cleaned_data["effective_from"]
        check_moment(moment)
        return moment


class PriceForm(forms.Form):
    """One price, in dollars for `per` units."""

    component = forms.ChoiceField(
        label=gettext_lazy("Component"), choices=[("", "–"), *Price.Component.choices]
    )
    engine = forms.ChoiceField(label=gettext_lazy("Engine"), required=False)
    micros = DollarField(label=gettext_lazy("Price in dollars"))
    cost_micros = DollarField(label=gettext_lazy("Our cost in dollars"))
    per = forms.IntegerField(
        label=gettext_lazy("Number of units"), min_value=1, max_value=1_000_000_000
    )

    def __init__(self, *args: Any, engines: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        engine = self.fields["engine"]
        assert isinstance(engine, forms.ChoiceField)  # noqa: S101 - for the type checker
        engine.choices = [("", _("every engine")), *((name, name) for name in engines)]


class _PricesFormSet(forms.BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """The rows of a new version; a ticked row is left out."""

    def add_fields(self, form: forms.BaseForm, index: int | None) -> None:
        """Add the checkbox with a label that says that nothing is deleted."""
        super().add_fields(form, index)
        form.fields["DELETE"].label = gettext_lazy("Leave out")


PricesFormSet = forms.formset_factory(
    PriceForm,
    formset=_PricesFormSet,
    extra=EMPTY_ROWS,
    max_num=MOST_ROWS,
    absolute_max=MOST_ROWS,
    can_delete=True,
)


@require_safe
@operator_required
def price_books(request: OperatorRequest) -> HttpResponse:
    """Every version, newest first; there are few."""
    books = PriceBook.objects.all()
    current = current_book(timezone.now())
    context = {
        "books": books,
        "current": current,
        "now": timezone.now(),
        "without_price": in_words(without_price(prices_of(current))),
        "open_lines": open_lines.waiting(),
    }
    return render_page(request, "price_books.html", context)


@require_safe
@operator_required
def price_book(request: OperatorRequest, version: int) -> HttpResponse:
    """The prices of one version."""
    book = get_object_or_404(PriceBook, version=version)
    order = list(UNITS)
    context = {
        "book": book,
        "prices": sorted(
            book.prices.all(), key=lambda price: (order.index(price.component), price.engine)
        ),
        "is_current": book == current_book(timezone.now()),
        "history": history_of(book),
    }
    return render_page(request, "price_book.html", context)


@operator_required
def new_price_book(request: OperatorRequest) -> HttpResponse:
    """Write the next version; the form is initially a copy of the latest, which it names."""
    latest, draft = latest_version(), draft_prices()
    engines = {
        "engines": sorted({*registry.engines(), *(row.engine for row in draft if row.engine)})
    }
    proposed = in_words((row.component, row.engine) for row in proposed_prices())
    scheduled = PriceBook.objects.filter(effective_from__gt=timezone.now()).last()
    context: dict[str, Any] = {"proposed": proposed, "latest": latest, "scheduled": scheduled}
    if request.method != "POST":
        rows = PricesFormSet(initial=[_as_initial(row) for row in draft], form_kwargs=engines)
        context |= {"form": PriceBookForm(), "rows": rows}
        return render_page(request, "new_price_book.html", context)
    form = PriceBookForm(request.POST)
    rows = PricesFormSet(request.POST, form_kwargs=engines)
    seen = row_number(request.POST.get("latest", ""))
    if seen is not None:
        # What was seen, until it is said that another one is there: then sending again is meant.
        context["latest"] = seen
    if form.is_valid() & rows.is_valid():
        prices = [_as_row(each) for each in rows.cleaned_data if each and not each.get("DELETE")]
        try:
            check_prices(prices)
            book = publish_book(prices, actor=request.user, based_on=seen, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            if getattr(refusal, "code", "") == OVERTAKEN:
                context["latest"] = context["newer"] = latest_version()
        else:
            messages.success(request, _("Price book %d published.") % book.version)
            if missing := in_words(without_price(prices)):
                messages.warning(
                    request,
                    _(
                        "No specific price for %(parts)s. Calls on these are charged the price "
                        "for every engine."
                    )
                    % {"parts": missing},
                )
            return redirect("operator:price_book", book.version)
    context |= {"form": form, "rows": rows}
    return render_page(request, "new_price_book.html", context, status=422)


def in_words(parts: Iterable[tuple[str, str]]) -> str:
    """Components on engines, as a sentence lists them; "" for none."""
    return ", ".join(
        _("%(component)s on %(engine)s")
        % {"component": Price.Component(component).label, "engine": engine}
        for component, engine in parts
    )


def _as_initial(row: PriceRow) -> dict[str, Any]:
    names = ("component", "engine", "micros", "cost_micros", "per")
    return {name: getattr(row, name) for name in names}


def _as_row(cleaned: dict[str, Any]) -> PriceRow:
    component = cleaned["component"]
    return PriceRow(
        component=component,
        engine=cleaned["engine"],
        unit=UNITS[component],
        micros=cleaned["micros"],
        cost_micros=cleaned["cost_micros"],
        per=cleaned["per"],
    )
