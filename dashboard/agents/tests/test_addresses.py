"""The field for mail addresses: stored in one spelling, refused in words."""

import pytest
from django.core.exceptions import ValidationError

from agents.settings.table import settings_of
from dashboard.agents.fields import field_of

NOTIFY = next(each for each in settings_of("messages") if each.name == "notify")


@pytest.mark.parametrize(
    "text",
    [
        "a@example.com;b@example.org",
        " a@example.com\tb@example.org,",
        "a@example.com, b@example.org",
    ],
)
def test_any_spelling_is_stored_in_one(text):
    field = field_of(NOTIFY)
    assert field.clean(text) == "a@example.com, b@example.org"


def test_nothing_is_a_value():
    assert field_of(NOTIFY).clean("  ") == ""


def test_what_is_no_address_is_refused():
    with pytest.raises(ValidationError, match="isn’t an email address"):
        field_of(NOTIFY).clean("a@example.com, ann")
