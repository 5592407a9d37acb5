"""Days and row numbers that visitors send are within what can be held."""

import pytest

from dashboard.bounded_fields import row_number
from testing.office import browser_of


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31", "2100-01-01"])
@pytest.mark.parametrize("page", ["calls/", "calls/export.csv"])
@pytest.mark.parametrize("field", ["first", "last"])
def test_a_day_outside_of_the_calendar_is_answered(cast, acorn, page, day, field):
    assert browser_of(cast.alice).get(acorn.url(page), {field: day}).status_code < 500


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_outside_of_this_century_is_refused_in_words(cast, acorn, day):
    page = browser_of(cast.alice).get(acorn.url("calls/"), {"last": day}).content.decode()
    assert "between 2000 and 2099" in page


@pytest.mark.parametrize("text", ["9" * 20, "-1", "٣", "1e3", "", "x"])
def test_what_can_be_no_row_is_not_looked_for(cast, acorn, text):
    browser = browser_of(cast.alice)
    assert browser.post(acorn.url("calls/views/"), {"delete": text}).status_code in (302, 404)
    for path in ("members/{}/role/", "members/{}/remove/", "invitations/{}/revoke/"):
        assert browser.post(acorn.url(path.format(text or "x"))).status_code == 404
    assert browser_of(cast.olga).get(f"/operator/plans/{text or 'x'}/").status_code == 404
    for page in ("audit/", "attempts/"):
        assert browser.get(acorn.url(page), {"before": text}).status_code == 200


def test_the_largest_row_number_is_one_that_a_column_holds():
    assert row_number("9" * 18) == 10**18 - 1
    assert row_number("9" * 19) is None
