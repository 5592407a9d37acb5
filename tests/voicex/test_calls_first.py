"""Pages wait before their queries while a request of a carrier is answered."""

import threading

import pytest
from django.db import connection, transaction
from django.http import HttpResponse

from voicex.web import calls_first
from voicex.web.calls_first import PagesGiveWay, Precedence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def precedence(monkeypatch: pytest.MonkeyPatch) -> Precedence:
    mine = Precedence()
    monkeypatch.setattr(calls_first, "precedence", mine)
    return mine


def page(_request: object) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("page")


def answered(thread: threading.Thread, *, within: float) -> bool:
    thread.join(within)
    return not thread.is_alive()


def test_a_page_waits_until_the_webhook_is_answered(precedence, monkeypatch):
    monkeypatch.setattr(calls_first, "GIVE_SECONDS", 60)
    thread = threading.Thread(target=PagesGiveWay(page), args=(None,), daemon=True)
    with precedence.first():
        thread.start()
        assert not answered(thread, within=0.2)
    assert answered(thread, within=30)


def test_it_does_not_wait_for_ever(precedence):
    with precedence.first():
        assert PagesGiveWay(page)(None).content == b"page"


def test_within_a_transaction_nothing_waits(precedence, monkeypatch):
    monkeypatch.setattr(calls_first, "GIVE_SECONDS", 60)

    def writes(request: object) -> HttpResponse:
        with transaction.atomic():
            return page(request)

    with precedence.first():
        assert PagesGiveWay(writes)(None).content == b"page"


def test_queries_that_are_no_pages_wait_for_nothing(precedence, monkeypatch):
    monkeypatch.setattr(calls_first, "GIVE_SECONDS", 60)
    with precedence.first():
        assert page(None).content == b"page"
