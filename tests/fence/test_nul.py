"""A NUL character in a request is the sender's fault, on every route, and never an error of ours.

`tests/deployed/test_on_postgresql.py` plays these on PostgreSQL, which refuses any text with one.
"""

import pytest
from django.test import Client

from testing.cast import PASSWORD, Cast
from testing.office import browser_of
from testing.phone_number import PhoneNumber, line_of, twilio
from usage.models import Call

pytestmark = pytest.mark.django_db

PAGES = [
    "/o/%00/",
    "/o/{org}/calls/%00/",
    "/o/{org}/agents/%00/",
    "/o/{org}/calls/?number=%00",
    "/o/{org}/calls/?after=%00",
    "/o/{org}/attempts/?%00=1",
    "/join/%00/",
    "/operator/organizations/%00/",
    "/admin/usage/call/?q=%00",
    "/accounts/login/?next=%00",
    "/%00",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["alice", "olga", ""])
def test_no_page_looks_for_it(cast: Cast, path: str, who: str):
    browser = browser_of(getattr(cast, who)) if who else Client()
    response = browser.get(path.format(org=cast.acorn.public_id))
    assert response.status_code == 400
    assert response.text == "The request cannot be read."


def test_a_browser_is_shown_a_page_of_the_site(client):
    response = client.get("/accounts/login/?next=%00", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 400
    assert "We couldn’t process this request" in response.text
    assert 'class="masthead"' in response.text


def test_no_session_is_looked_for_by_it(db):
    browser = Client(headers={"Cookie": r'sessionid="\000aaaaaaaaaaaaaaaa"'})
    assert browser.get("/").status_code == 400


@pytest.mark.parametrize("field", [{"login": "a\x00@example.com"}, {"\x00": "a"}])
def test_no_form_brings_it(cast: Cast, field: dict[str, str]):
    response = Client().post("/accounts/login/", {"password": PASSWORD, **field})
    assert response.status_code == 400


def test_what_is_typed_without_it_comes_through(cast: Cast):
    fields = {"login": "alice@example.com", "password": PASSWORD}
    assert Client().post("/accounts/login/?next=/%20%30", fields).status_code == 302


def test_twilios_webhooks_neither_search_for_it_nor_store_it(cast: Cast):
    line: PhoneNumber = line_of(cast.acorn)
    assert line.rings(url=line.url(agent_id="%00")).status_code == 403
    for path in ("after/%00", "stream-status/%00", "status?token=%00"):
        assert twilio().post(f"/api/twilio/{path}").status_code in (400, 403)
    assert line.rings(url=line.url(key_text="vx_%00")).status_code == 403
    assert line.rings(From="+49\x0030").status_code == 200
    assert Call.objects.get().from_number == "+4930"
