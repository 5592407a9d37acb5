"""Names within sentences, and the time zones that one may choose."""

import zoneinfo

import pytest

from accounts import zones
from accounts.models import Organization
from accounts.names import isolated, quoted

ARABIC = "\u0645\u0631\u0643\u0632 7"


@pytest.mark.parametrize("name", ["Acorn", "Z\u00fcrich \u2603", "\u682a\u5f0f\u4f1a\u793e", ""])
def test_a_name_from_left_to_right_stays_as_it_is(name):
    assert isolated(name) == name


@pytest.mark.parametrize("name", [ARABIC, "Dr. \u05db\u05d4\u05df"])
def test_a_name_from_right_to_left_is_isolated_within_sentences(name):
    whole = f"\u2068{name}\u2069"
    assert quoted(name) == f"\u201c{whole}\u201d"
    assert str(Organization(name=name)) == whole


def test_no_place_has_two_names():
    names = zones.zone_names()
    assert names[0] == "UTC"
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Asmara"} < set(names)
    old = {"Africa/Asmera", "America/Argentina/ComodRivadavia", "Asia/Calcutta", "US/Eastern"}
    assert not old & set(names)
    assert set(names) <= zoneinfo.available_timezones()


@pytest.mark.parametrize(
    ("name", "today"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("Nowhere/Atlantis", "Nowhere/Atlantis"),
        ("", ""),
    ],
)
def test_an_old_name_of_a_zone_is_the_one_of_today(name, today):
    assert zones.name_of_today(name) == today


def test_without_the_table_of_places_all_that_are_known_are_offered(monkeypatch, tmp_path):
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path), "/none"))
    assert zones._places_of_today() == set()
    monkeypatch.setattr(zones, "_places_of_today", set)
    names = zones.zone_names.__wrapped__()
    assert "Europe/Berlin" in names
