"""Invoices of all organizations: who sends them, issued, cancelled, issued again."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.audit.platform_log import history_of
from dashboard.bounded_fields import DayField, row_number
from dashboard.merging import MergingForm, tell_of_changes
from dashboard.money.invoice_sheets import cents, invoice_sheet
from dashboard.money.papers import paper
from dashboard.money.statement_sheets import month_words
from dashboard.navigation import back_to
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.models import BillingHouse, Invoice
from usage.papers import invoices as service
from usage.papers.house import house, save_house
from usage.papers.invoices import WhyNot
from usage.papers.issuing import ASKED, FAILED, progress_of, request_again, request_issue
from usage.privacy.access_audit import record_export
from usage.reads import platform

PAGE_SIZE: Final = 50
# What became of an invoice that was to be issued again, by what `progress_of` says.
PROGRESS: Final = {
    ASKED: gettext_lazy("Being issued …"),
    FAILED: gettext_lazy("The invoice couldn’t be issued. Try again later."),
    WhyNot.NO_HOUSE.name: gettext_lazy("Enter who sends invoices first."),
    WhyNot.HAS_ONE.name: gettext_lazy("This month has an invoice already."),
    WhyNot.NOTHING.name: gettext_lazy("There is nothing to invoice for this month."),
    WhyNot.ANOTHER_CAME.name: gettext_lazy("Another invoice was issued meanwhile. Try again."),
}


class MonthField(DayField):
    """A month, such as "2026-11"; its clean value is its first day."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(input_formats=["%Y-%m"], widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """The month of a day."""
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class PercentField(forms.DecimalField):
    """A percentage, with a point or a comma, whatever the reader's language."""

    def to_python(self, value: Any) -> Any:
        """The number that is written."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class HouseForm(MergingForm, forms.Form):
    """The sender of invoices, and their tax."""

    name = forms.CharField(label=gettext_lazy("Your company’s name"), max_length=120)
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=400, widget=forms.Textarea(attrs={"rows": 4})
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Your tax number"), max_length=60, required=False
    )
    tax_name = forms.CharField(
        label=gettext_lazy("Tax"),
        help_text=gettext_lazy("As it’s called on invoices, such as VAT. Leave blank for none."),
        max_length=30,
        required=False,
    )
    tax_percent = PercentField(
        label=gettext_lazy("Tax rate in percent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Below the total"),
        help_text=gettext_lazy("When and how to pay, for example."),
        max_length=300,
        required=False,
    )
    number_prefix = forms.CharField(
        label=gettext_lazy("Before each number"),
        help_text=gettext_lazy("Such as VX-. Numbers follow each other without gaps."),
        max_length=12,
        required=False,
    )
    first_month = MonthField(
        label=gettext_lazy("First month to invoice"),
        help_text=gettext_lazy("Such as 2026-11. Calls of earlier months are never invoiced."),
    )
    is_automatic = forms.BooleanField(
        label=gettext_lazy("Issue invoices automatically, two days after a month is over"),
        required=False,
    )


class CancelForm(forms.Form):
    """Why an invoice is cancelled."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Shown on the cancellation."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@operator_required
def invoices(request: OperatorRequest) -> HttpResponse:
    """A page of invoices, and the form of their sender.

    `?before=<number>` is where the previous page ended.
    """
    seller = house()
    form = HouseForm(request.POST or None, initial=_stored(seller))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        percent = values.pop("tax_percent") or Decimal(0)
        values["prefix"] = values.pop("number_prefix")
        try:
            save_house(**values, tax_hundredths=int(percent * 100), actor=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Invoice details saved."))
            tell_of_changes(request, form)
            return redirect(_list(request))
    context: dict[str, Any] = {
        "form": form,
        "seller": seller,
        "history": history_of(seller) if seller else [],
    }
    context |= _found(request)
    return render_page(request, "invoices.html", context, status=422 if form.errors else 200)


@operator_required
def issue_invoices(request: OperatorRequest) -> HttpResponse:
    """Issue the due invoices of all organizations."""
    if request.method == "POST":
        if house() is None:
            messages.error(request, _("Enter who sends invoices first."))
        elif request_issue():
            messages.success(request, _("Invoices are being issued. Reload this page in a minute."))
        else:
            messages.error(request, _("The worker can’t be reached. Try again in a minute."))
    return redirect(_list(request))


@require_safe
@operator_required
def invoice_pdf(request: OperatorRequest, serial: int) -> HttpResponse:
    """An invoice of any organization."""
    invoice = _invoice_or_404(serial)
    is_cancelled = Invoice.objects.filter(cancels=invoice).exists()
    return paper(
        f"operator:{request.user.pk}",
        f"invoice-{serial}.pdf",
        lambda: invoice_sheet(invoice, is_cancelled=is_cancelled),
        record=lambda: record_export(
            invoice.org, "invoice", what=str(invoice), actor=request.user, now=timezone.now()
        ),
    )


@operator_required
def cancel_invoice(request: OperatorRequest, serial: int) -> HttpResponse:
    """Ask for a reason, then cancel an invoice by another with its own number."""
    invoice = _invoice_or_404(serial)
    if invoice.cancels_id is not None:
        return redirect(_list(request))
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cancellation = service.cancel(
            invoice,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        if cancellation is None:
            messages.error(request, _("%s is cancelled already.") % invoice)
        else:
            messages.success(request, _("%s is cancelled.") % invoice)
        return redirect(_list(request))
    context = {
        "form": form,
        "invoice": invoice,
        "month": month_words(invoice.month),
        "back": _list(request),
    }
    status = 422 if form.errors else 200
    return render_page(request, "cancel_invoice.html", context, status=status)


@operator_required
def issue_again(request: OperatorRequest, serial: int) -> HttpResponse:
    """Issue the invoice of a month again whose last one was cancelled."""
    cancellation = _invoice_or_404(serial)
    if request.method == "POST" and cancellation.cancels_id is not None:
        if service.has_invoice(cancellation.org, cancellation.month):  # the page was old
            messages.error(request, PROGRESS[WhyNot.HAS_ONE.name])
        elif request_again(cancellation, actor=request.user):
            messages.success(
                request, _("The invoice is being issued. Reload this page in a minute.")
            )
        else:
            messages.error(request, _("The worker can’t be reached. Try again in a minute."))
    return redirect(_list(request))


def _found(request: OperatorRequest) -> dict[str, Any]:
    """The requested page of invoices, with the possible actions."""
    search = request.GET.get("search", "").strip()[:120]
    before = row_number(request.GET.get("before", ""))
    found = platform.invoices(search=search, before=before, limit=PAGE_SIZE + 1)
    page = found[:PAGE_SIZE]
    cancellations = [each.paper.number for each in page if each.paper.cancels_id is not None]
    progress = progress_of(cancellations) if cancellations else {}
    home = reverse("operator:invoices")
    return {
        "invoices": [
            {
                "paper": each.paper,
                "month": month_words(each.paper.month),
                "total": cents(each.paper.total_cents),
                "is_cancelled": each.is_cancelled,
                "may_be_issued_again": each.paper.cancels_id is not None and not each.is_followed,
                "is_being_issued": progress.get(each.paper.number) == ASKED,
                "progress": PROGRESS.get(progress.get(each.paper.number, "")),
            }
            for each in page
        ],
        "search": search,
        "newest_url": f"{home}?{urlencode({'search': search})}" if before is not None else "",
        "older_url": f"{home}?{urlencode({'search': search, 'before': page[-1].paper.number})}"
        if len(found) > PAGE_SIZE
        else "",
    }


def _list(request: OperatorRequest) -> str:
    """The list of invoices as it was."""
    return back_to(request, reverse("operator:invoices"))


def _invoice_or_404(number: int) -> Invoice:
    return get_object_or_404(Invoice.objects.select_related("org"), number=number)


def _stored(seller: BillingHouse | None) -> dict[str, Any]:
    if seller is None:
        return {"first_month": timezone.now().date().replace(day=1)}
    names = ("name", "address", "tax_number", "tax_name", "note", "first_month")
    values = {name: getattr(seller, name) for name in (*names, "is_automatic")}
    percent = (Decimal(seller.tax_hundredths) / 100).normalize()
    values["tax_percent"] = f"{percent:f}" if seller.tax_hundredths else ""
    return values | {"number_prefix": seller.prefix}
