"""Statements and invoices of an organization: list, PDF files, billing address."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.members.trust import counted_as
from accounts.models import Organization
from accounts.permissions import MANAGE_ORGANIZATION, READ
from accounts.rate_limits import is_within
from dashboard.access_audit import record_export
from dashboard.bounded_fields import row_number
from dashboard.merging import MergingForm, tell_of_changes
from dashboard.money.invoice_sheets import cents, invoice_sheet
from dashboard.money.statement_sheets import month_words, statement_sheet
from dashboard.pages import MemberRequest, render_page
from usage.models import Invoice
from usage.papers import month as months
from usage.papers.house import address_of, change_address
from usage.papers.listed import invoices_of
from usage.papers.printing import printed
from usage.papers.sheet import Sheet
from voicex.errors import PaperFailed

SHOWN_MONTHS: Final = 24
SHOWN_INVOICES: Final = 50  # a page
PAPERS_A_MINUTE: Final = (
    10  # of an organization, or an operator: each reads a month, and is drawn for a second
)


class AddressForm(MergingForm, forms.Form):
    """The billing address of an organization."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy(
            "Below the organization’s name, line by line. Leave blank for the name alone."
        ),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Your tax number"), max_length=60, required=False
    )


@require_safe
@member_required(READ)
def invoices(request: MemberRequest, org_id: str) -> HttpResponse:
    """The statements of the latest months, and a page of invoices.

    `?before=<number>` is where the previous page ended.
    """
    return _page(request)


@member_required(MANAGE_ORGANIZATION)
def billing_address(request: MemberRequest, org_id: str) -> HttpResponse:
    """Change the billing address."""
    if request.method != "POST":
        return redirect("dashboard:invoices", org_id)
    form = AddressForm(request.POST, initial=_address(request.org))
    if form.is_valid():
        try:
            change_address(request.org, actor=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Billing address saved. New invoices will have it."))
            tell_of_changes(request, form)
            return redirect("dashboard:invoices", org_id)
    return _page(request, form, status=422)


@require_safe
@member_required(READ)
def statement_pdf(request: MemberRequest, org_id: str, month: str) -> HttpResponse:
    """The current statement of a month such as "2026-11", as PDF."""
    now = timezone.now()
    wanted = {months.name_of(each): each for each in _months(request.org, now=now)}.get(month)
    if wanted is None:
        raise Http404("No such month")
    return paper(
        counted_as(request.org),
        f"statement-{month}.pdf",
        lambda: statement_sheet(request.org, wanted, now=now),
        record=lambda: record_export(request, "statement", month),
    )


@require_safe
@member_required(READ)
def invoice_pdf(request: MemberRequest, org_id: str, serial: int) -> HttpResponse:
    """An invoice of this organization."""
    invoice = get_object_or_404(Invoice, org=request.org, number=serial)
    is_cancelled = Invoice.objects.filter(org=request.org, cancels=invoice).exists()
    return paper(
        counted_as(request.org),
        f"invoice-{serial}.pdf",
        lambda: invoice_sheet(invoice, is_cancelled=is_cancelled),
        record=lambda: record_export(request, "invoice", str(invoice)),
    )


def paper(
    drawer: str, name: str, sheet: Callable[[], Sheet], *, record: Callable[[], None]
) -> HttpResponse:
    """A sheet as a PDF file; a message instead if there are too many or drawing fails.

    drawer: who requests it; each has PAPERS_A_MINUTE. record: called once it is drawn.
    """
    if not is_within(PAPERS_A_MINUTE, seconds=60, name=f"papers:{drawer}"):
        return _told(_("Too many documents at once. Try again in a minute."), status=429)
    try:
        content = printed(sheet(), drawer)
    except PaperFailed:
        return _told(_("The document couldn’t be made. Try again in a minute."), status=503)
    record()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _address(org: Organization) -> dict[str, Any]:
    stored = address_of(org)
    return {"address": stored.address, "tax_number": stored.tax_number}


def _page(
    request: MemberRequest, form: AddressForm | None = None, *, status: int = 200
) -> HttpResponse:
    org = request.org
    form = form or AddressForm(initial=_address(org))
    before = row_number(request.GET.get("before", ""))
    found = invoices_of(org, before=before, limit=SHOWN_INVOICES + 1)
    papers = found[:SHOWN_INVOICES]
    home = reverse("dashboard:invoices", args=[org.public_id])
    context: dict[str, Any] = {
        "form": form,
        "statements": [
            (
                month_words(month),
                reverse("dashboard:statement_pdf", args=[org.public_id, months.name_of(month)]),
            )
            for month in _months(org, now=timezone.now())
        ],
        "invoices": [
            {
                "paper": each.paper,
                "month": month_words(each.paper.month),
                "total": cents(each.paper.total_cents),
                "is_cancelled": each.is_cancelled,
            }
            for each in papers
        ],
        "newest_url": home if before is not None else "",
        "older_url": f"{home}?before={papers[-1].paper.number}"
        if len(found) > SHOWN_INVOICES
        else "",
    }
    return render_page(request, "invoices.html", context, status=status)


def _months(org: Organization, *, now: datetime) -> list[date]:
    """The months of `org` that have statements, newest first, including the current one."""
    return list(islice(months.months_of(org, now=now), SHOWN_MONTHS))


def _told(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
