"""Routes of the operator's area."""

from django.urls import path

from dashboard.bounded_fields import ROW
from dashboard.operator import (
    audit,
    dead_letters,
    home,
    impersonations,
    invoices,
    ledger,
    organizations,
    plans,
    price_books,
    processes,
    providers,
)

app_name = "operator"

urlpatterns = [
    path("", home.home, name="home"),
    path(f"processes/<{ROW}:report_id>/drain/", processes.drain_process, name="drain_process"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/<org_id>/", organizations.organization, name="organization"),
    path("organizations/<org_id>/quota/", organizations.change_quota, name="change_quota"),
    path("organizations/<org_id>/suspend/", organizations.suspend, name="suspend"),
    path("organizations/<org_id>/resume/", organizations.resume, name="resume"),
    path("organizations/<org_id>/stripe/", organizations.change_stripe, name="change_stripe"),
    path("organizations/<org_id>/prove/", organizations.prove, name="prove"),
    path(
        "organizations/<org_id>/impersonate/",
        impersonations.begin_impersonation,
        name="begin_impersonation",
    ),
    path("impersonation/end/", impersonations.end_impersonation, name="end_impersonation"),
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", plans.new_plan, name="new_plan"),
    path(f"plans/<{ROW}:plan_id>/", plans.change_plan, name="change_plan"),
    path("prices/", price_books.price_books, name="price_books"),
    path("prices/new/", price_books.new_price_book, name="new_price_book"),
    path(f"prices/<{ROW}:version>/", price_books.price_book, name="price_book"),
    path("providers/", providers.providers, name="providers"),
    path("records/", dead_letters.dead_letters, name="dead_letters"),
    path(f"records/<{ROW}:letter_id>/", dead_letters.dead_letter, name="dead_letter"),
    path(f"records/<{ROW}:letter_id>/send/", dead_letters.send_again, name="send_again"),
    path(f"records/<{ROW}:letter_id>/discard/", dead_letters.discard, name="discard"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/issue/", invoices.issue_invoices, name="issue_invoices"),
    path(f"invoices/<{ROW}:serial>.pdf", invoices.invoice_pdf, name="invoice_pdf"),
    path(f"invoices/<{ROW}:serial>/cancel/", invoices.cancel_invoice, name="cancel_invoice"),
    path(f"invoices/<{ROW}:serial>/again/", invoices.issue_again, name="issue_again"),
    path("audit/", audit.audit, name="audit"),
]
