"""Statements and invoices on pages: who gets them, what they say, and how many at once."""

import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db.models import Sum
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts.models import AuditEntry, Organization
from dashboard.labels import dollars
from dashboard.money import papers, statement_sheets
from dashboard.money.invoice_sheets import invoice_sheet
from dashboard.money.statement_sheets import statement_sheet
from dashboard.operator import invoices as operator_invoices
from testing.filled_forms import as_shown
from testing.invoices import a_house, an_invoice
from testing.office import Office, browser_of
from usage import tasks
from usage.models import BillingAddress, BillingHouse, Invoice, LedgerEntry
from usage.papers import invoices as service
from usage.papers import issuing
from usage.papers.month import MonthOfCalls, Sums, first_of


@pytest.fixture
def acorn(cast):
    cache.clear()
    office = Office(cast.acorn)
    for number in range(3):
        office.hangs_up(office.rings(f"CA{number}"), after=61)
    return office


def this_month():
    return first_of(timezone.now().date())


def test_a_member_gets_the_months_statement_as_pdf(cast, acorn):
    page = browser_of(cast.vera).get(acorn.url("invoices/")).text
    address = acorn.url(f"usage/statements/{this_month():%Y-%m}.pdf")
    assert f'href="{address}"' in page
    answer = browser_of(cast.vera).get(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert AuditEntry.objects.filter(action="export.statement").exists()
    for month in ("2001-01", "2026-13", "x"):
        address = acorn.url(f"usage/statements/{month}.pdf")
        assert browser_of(cast.vera).get(address).status_code == 404


def test_a_statement_says_exactly_what_the_ledger_has(cast, acorn, monkeypatch):
    sheet = statement_sheet(cast.acorn, this_month(), now=timezone.now())
    lines = LedgerEntry.objects.filter(org=cast.acorn)
    posted = lines.aggregate(Sum("amount_micros"))["amount_micros__sum"]
    assert any(f"Exact total of the ledger: {dollars(posted)}." in note for note in sheet.notes)
    assert "isn’t over" in sheet.notes[0]
    components, agents, numbers, days = sheet.tables
    assert components.total[-1] == agents.total[-2] == sheet.sums[-1][1] == "$0.05"
    assert agents.rows[0][:3] == (acorn.agent.name, "3", "6")
    assert numbers.rows[0][0].startswith("+")
    assert len(days.rows) == 1
    monkeypatch.setattr(statement_sheets, "MOST", 0)
    assert statement_sheet(cast.acorn, this_month(), now=timezone.now()).tables[1].rows == [
        ("1 other", *agents.rows[0][1:])
    ]


def test_an_invoice_is_drawn_from_what_was_kept(cast, acorn):
    invoice = an_invoice(cast.acorn, number=7)
    with translation.override("de"):
        sheet = invoice_sheet(invoice, is_cancelled=False)
    assert sheet.sums[-1][1].replace("\xa0", " ") in ("49,90 $", "$49,90")
    assert sheet.recipient == ["Acorn", "Oak Street 1"]
    browser = browser_of(cast.vera)
    assert "VX-7" in browser.get(acorn.url("invoices/")).text
    assert browser.get(acorn.url("invoices/7.pdf")).content.startswith(b"%PDF")
    assert browser.get(acorn.url("invoices/8.pdf")).status_code == 404


def test_documents_are_limited_and_failures_are_told(cast, acorn, monkeypatch):
    def fails(*_):
        raise papers.PaperFailed("crash")

    monkeypatch.setattr(papers, "printed", fails)
    monkeypatch.setattr(papers, "PAPERS_A_MINUTE", 1)
    an_invoice(cast.acorn, number=7)
    browser = browser_of(cast.vera)
    assert browser.get(acorn.url("invoices/7.pdf")).status_code == 503
    assert browser.get(acorn.url("invoices/7.pdf")).status_code == 429
    assert not AuditEntry.objects.filter(action="export.invoice").exists()


def test_an_admin_says_to_whom_invoices_are_written(cast, acorn):
    browser = browser_of(cast.adam)
    page = acorn.url("invoices/address/")
    assert browser.post(page, {"address": "\n".join("123456789")}).status_code == 422
    answer = browser.post(page, {"address": "Oak 1\r\n\r\nHill"}, follow=True)
    assert "Billing address saved." in answer.text
    assert BillingAddress.objects.get().address == "Oak 1\nHill"
    answer = browser.post(page, {"address": " ", "tax_number": "DE 1"}, follow=True)
    assert "Billing address saved." in answer.text
    stored = BillingAddress.objects.get()
    assert (stored.address, stored.tax_number) == ("", "DE 1")


def test_an_old_page_undoes_no_tax_number_of_a_colleague(cast, acorn):
    browser, page = browser_of(cast.adam), acorn.url("invoices/address/")
    browser.post(page, {"address": "Oak 1\r\nHill", "tax_number": "DE 1"})
    seen = as_shown(browser.get(acorn.url("invoices/")).text, "tax_number")
    BillingAddress.objects.update(tax_number="DE 2")
    answer = browser.post(page, seen | {"address": "Oak 2\r\nHill"}, follow=True)
    assert "in another tab, and kept: Your tax number." in answer.text
    stored = BillingAddress.objects.get()
    assert (stored.address, stored.tax_number) == ("Oak 2\nHill", "DE 2")
    # Line breaks are a browser's own: nobody has changed the address.
    seen = as_shown(browser.get(acorn.url("invoices/")).text, "tax_number")
    answer = browser.post(page, seen | {"tax_number": "DE 3"}, follow=True)
    assert "Changed meanwhile" not in answer.text


def test_a_member_pages_through_all_invoices(cast, acorn, monkeypatch):
    monkeypatch.setattr(papers, "SHOWN_INVOICES", 2)
    for number in (1, 2):
        an_invoice(cast.acorn, number=number)
    a_house(last_number=2)
    service.cancel(
        Invoice.objects.get(number=1), reason="Wrong.", actor=cast.olga, now=timezone.now()
    )
    an_invoice(cast.birch, number=4)
    browser = browser_of(cast.vera)
    newest = browser.get(acorn.url("invoices/")).text
    assert [f"VX-{number}" in newest for number in (1, 2, 3, 4)] == [False, True, True, False]
    older = acorn.url("invoices/?before=2")
    assert f'href="{older}"' in newest
    oldest = browser.get(older).text
    assert [f"VX-{number}" in oldest for number in (1, 2, 3, 4)] == [True, False, False, False]
    assert ">cancelled<" in oldest  # by a paper of the page before


def test_the_operator_says_who_sends_invoices_and_takes_one_back(cast, acorn):
    browser = browser_of(cast.olga)
    form = {"name": "House", "address": "Oak 1", "tax_name": "VAT", "first_month": "2026-01"}
    assert browser.post("/operator/invoices/", form).status_code == 422
    answer = browser.post("/operator/invoices/", form | {"tax_percent": "7.7"}, follow=True)
    assert "Invoice details saved." in answer.text
    assert 'value="7.7"' in answer.text
    assert 'value="2026-01"' in answer.text
    assert BillingHouse.objects.get().tax_hundredths == 770
    browser.post("/operator/invoices/", form | {"tax_percent": "8,1"})
    assert BillingHouse.objects.get().tax_hundredths == 810
    an_invoice(cast.acorn, number=1)
    BillingHouse.objects.update(last_number=1)
    answer = browser.post("/operator/invoices/1/cancel/", {"reason": "Wrong."}, follow=True)
    assert "VX-1 is cancelled." in answer.text
    assert Invoice.objects.get(number=2).content["reason"] == "Wrong."
    assert "Issue again" in answer.text


@pytest.fixture
def cancelled(acorn, cast):
    """An invoice that was taken back by VX-2, for a month without calls."""
    a_house(last_number=1)
    return service.cancel(
        an_invoice(cast.acorn, number=1), reason="Wrong.", actor=cast.olga, now=timezone.now()
    )


def test_the_operator_has_an_invoice_issued_again_by_a_worker(cast, cancelled, monkeypatch):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
    browser = browser_of(cast.olga)
    answers = [browser.post("/operator/invoices/2/again/", follow=True) for _each in range(2)]
    assert sent == [("usage.tasks.issue_invoice_again", [2, cast.olga.pk])]
    assert "Being issued" in answers[-1].text
    assert "Issue again" not in answers[-1].text
    tasks.issue_invoice_again(*sent[0][1])
    page = browser.get("/operator/invoices/").text
    assert "There is nothing to invoice for this month." in page
    assert "Issue again" in page
    monkeypatch.setattr(
        issuing, "issue_or_why_not", lambda *_, **__: an_invoice(cast.acorn, number=3)
    )
    browser.post("/operator/invoices/2/again/")
    tasks.issue_invoice_again(*sent[1][1])
    page = browser.get("/operator/invoices/").text
    assert "VX-3" in page
    assert "There is nothing" not in page
    # On a page from before.
    answer = browser.post("/operator/invoices/2/again/", follow=True)
    assert "This month has an invoice already." in answer.text
    assert "is being issued" not in answer.text
    assert len(sent) == 2


@pytest.mark.parametrize("error", [ValueError, SoftTimeLimitExceeded])
def test_an_invoice_that_could_not_be_issued_again_is_told(cast, cancelled, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(issuing, "issue_or_why_not", fails)
    tasks.issue_invoice_again(2, cast.olga.pk)
    page = browser_of(cast.olga).get("/operator/invoices/").text
    assert "The invoice couldn’t be issued." in page
    assert "Issue again" in page


def test_an_invoice_that_a_deleted_operator_asked_for_is_told(cast, cancelled):
    tasks.issue_invoice_again(2, 0)
    page = browser_of(cast.olga).get("/operator/invoices/").text
    assert "The invoice couldn’t be issued." in page


def test_without_a_broker_an_invoice_may_be_asked_for_again_at_once(cast, cancelled, monkeypatch):
    def refuse(_name, args):
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", refuse)
    answer = browser_of(cast.olga).post("/operator/invoices/2/again/", follow=True)
    assert "The worker can’t be reached." in answer.text
    assert "Issue again" in answer.text


def test_the_operator_pages_through_all_invoices_and_finds_one(cast, acorn, monkeypatch):
    monkeypatch.setattr(operator_invoices, "PAGE_SIZE", 2)
    for number in (1, 2, 3):
        an_invoice(cast.acorn, number=number)
    an_invoice(cast.birch, number=4)
    browser = browser_of(cast.olga)
    newest = browser.get("/operator/invoices/").text
    assert "VX-4" in newest
    assert "VX-2" not in newest
    older = browser.get("/operator/invoices/?search=&before=3").text
    assert "search=&amp;before=3" in newest
    assert [f"VX-{number}" in older for number in (1, 2, 3, 4)] == [True, True, False, False]
    for search in ("4", "VX-4", "bir", cast.birch.public_id):
        found = browser.get("/operator/invoices/", {"search": search}).text
        assert ("Cancel VX-4" in found, "Cancel VX-3" in found) == (True, False), search
    assert "No invoices match" in browser.get("/operator/invoices/?search=cedar").text


def test_the_operators_downloads_are_recorded_and_counted_apart(cast, acorn, monkeypatch):
    monkeypatch.setattr(papers, "PAPERS_A_MINUTE", 1)
    monkeypatch.setattr(papers, "printed", lambda *_: b"%PDF")
    an_invoice(cast.acorn, number=7)
    page = "/operator/invoices/7.pdf"
    assert [browser_of(cast.olga).get(page).status_code for _each in range(2)] == [200, 429]
    assert browser_of(cast.vera).get(acorn.url("invoices/7.pdf")).status_code == 200
    entries = AuditEntry.objects.filter(org=cast.acorn, action="export.invoice", target="VX-7")
    assert set(entries.values_list("actor", flat=True)) == {cast.olga.pk, cast.vera.pk}


def test_numbers_that_read_alike_are_one_row_of_a_statement(cast, acorn, monkeypatch):
    monkeypatch.setattr(statement_sheets, "called", lambda _number: "+1")
    used = MonthOfCalls()
    for stored, calls in (("+14155550100", 2), ("14155550100", 3)):
        used.numbers[stored] = Sums(calls=calls, minutes=calls, amount_micros=calls * 10_000)
    numbers = statement_sheets._tables(cast.acorn, used)[2]
    assert numbers.rows == [("+1", "5", "5", "$0.05", "$0.01")]


def test_what_is_below_nothing_is_a_credit_with_its_sign(cast, acorn):
    invoice = an_invoice(cast.acorn, number=7)
    correction = {"kind": "correction", "month": "2026-04"}
    invoice.content |= {"total_cents": -100, "open_lines": 2}
    invoice.content["lines"] = [
        correction | {"amount_micros": -1_000_000},
        correction | {"amount_micros": -3_000},
    ]
    sheet = invoice_sheet(invoice, is_cancelled=False)
    assert sheet.title == "Credit note VX-7"
    assert [row[-1] for row in sheet.tables[0].rows] == ["-$1.00", "-<$0.01"]
    assert "2 lines have no price yet and are counted as $0." in sheet.notes


def test_the_operator_has_due_invoices_issued_by_a_worker(cast, acorn, monkeypatch):
    asked = []
    monkeypatch.setattr(service, "issue_due", lambda *, now, after: asked.append(after))
    tasks.issue_invoices()
    a_house()
    tasks.issue_invoices()
    assert asked == []  # not automatic
    tasks.issue_invoices(0, True)
    BillingHouse.objects.update(is_automatic=True)
    tasks.issue_invoices(7)
    assert asked == [0, 7]


def test_organizations_that_are_not_proven_share_the_papers_of_one(cast, acorn, monkeypatch):
    monkeypatch.setattr(papers, "PAPERS_A_MINUTE", 1)
    monkeypatch.setattr(papers, "printed", lambda *_: b"%PDF")
    Organization.objects.update(proven_at=None)
    statement = f"usage/statements/{this_month():%Y-%m}.pdf"
    assert browser_of(cast.vera).get(acorn.url(statement)).status_code == 200
    assert browser_of(cast.charlie).get(Office(cast.birch).url(statement)).status_code == 429
