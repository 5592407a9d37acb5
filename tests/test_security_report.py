"""`make security`: its sections name tests that exist, and failures reach the report."""

import re
from datetime import UTC, datetime

import pytest

from benchmarks.hostile import MOST_DISK_MB, MOST_WEBHOOK_MS, is_felt
from testing.services.servers import ROOT
from tests.security.__main__ import read_results, report_of
from tests.security.sections import SECTIONS

FELT = {
    "gaps": 0,
    "longest_gap_ms": None,
    "unanswered": 0,
    "webhook_p50_ms": 5.0,
    "webhook_p99_ms": 20.0,
}
ATTACK = {
    "callers": 20,
    "minutes": 10.0,
    "alone": FELT,
    "attacked": FELT | {"webhook_p99_ms": 99.0},
    "disk_mb": 12.5,
    "restart_seconds": 9.0,
    "attacks": {"import_agent: 422": 1_234, "ring: connected": 30},
}
XML = """<testsuites><testsuite>
  <testcase classname="a" name="one" time="1.5">
    <properties><property name="security" value="12 URLs times 6 people"/></properties>
  </testcase>
  <testcase classname="a" name="two"><failure message="it answered 500"/></testcase>
  <testcase classname="a" name="three"><skipped message="no PostgreSQL"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_section_names_tests_that_exist(section):
    assert [target for target in section.targets if not (ROOT / target).exists()] == []


def test_what_the_documentation_names_of_people_is_in_the_report():
    """Tests that moved to rooms of their own were in no section: it had 25 of 441."""
    text = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(accounts/[a-z_/]+/test_\w+\.py)`", text))
    targets = {target for section in SECTIONS for target in section.targets}
    missing = [each for each in named if not {each, each.rpartition("/")[0]} & targets]
    assert named
    assert missing == []


def test_the_report_says_what_passed_failed_and_was_skipped(tmp_path):
    path = tmp_path / "results.xml"
    path.write_text(XML)
    result = read_results(SECTIONS[0], path)
    assert (result.passed, len(result.failed), len(result.skipped)) == (1, 1, 1)
    page = report_of([result], ATTACK, now=datetime(2026, 5, 4, tzinfo=UTC))
    for said in (
        "| 1 | 1 | 1 | 2 |",
        "12 URLs times 6 people",
        "**failed**: a.two: it answered 500",
        "skipped: a.three: no PostgreSQL",
        "| webhook p99, ms | 20.0 | 99.0 |",
        "| import_agent: 422 | 1,234 |",
    ):
        assert said in page


def test_a_section_that_could_not_run_has_nothing_passed(tmp_path):
    assert read_results(SECTIONS[0], tmp_path / "nothing.xml").passed == 0


@pytest.mark.parametrize(
    ("alone", "attacked", "disk_mb", "felt"),
    [
        ({}, {}, 0.0, False),
        ({}, {"gaps": 1}, 0.0, True),
        ({"gaps": 1}, {"gaps": 1}, 0.0, False),
        ({"gaps": 1}, {"gaps": 2}, 0.0, True),
        ({}, {"webhook_p99_ms": MOST_WEBHOOK_MS}, 0.0, False),
        ({}, {"webhook_p99_ms": MOST_WEBHOOK_MS + 0.1}, 0.0, True),
        ({}, {}, MOST_DISK_MB, False),
        ({}, {}, MOST_DISK_MB + 0.1, True),
    ],
)
def test_an_attack_is_felt_beyond_each_limit(alone, attacked, disk_mb, felt):
    result = {"alone": FELT | alone, "attacked": FELT | attacked, "disk_mb": disk_mb}
    assert is_felt(ATTACK | result) is felt


@pytest.mark.parametrize(
    "attacks",
    [
        {},
        {"sign_up: 429": 1, "make_organization: 200": 9, "import_agent: 403": 80},
        {"sign_up: 200": 1, "ring: declined": 50},
    ],
)
def test_an_attack_of_which_nothing_was_accepted_has_shown_nothing(attacks):
    assert is_felt(ATTACK | {"attacks": attacks})
