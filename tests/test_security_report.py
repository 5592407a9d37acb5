"""`make security`: its sections name tests that exist, and failures reach the report."""

from datetime import UTC, datetime

import pytest

from tests.security.__main__ import read_results, report_of
from tests.security.sections import SECTIONS
from tests.servers import ROOT

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
    "attacks": {"import_agent: 422": 1_234},
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


def test_the_report_tells_what_passed_failed_and_was_skipped(tmp_path):
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
