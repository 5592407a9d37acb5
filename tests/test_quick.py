"""What `make quick` runs: something of every room, and compiled code is kept."""

import os
import subprocess
from pathlib import Path

import pytest

from testing.shares import FILES

ROOT = Path(__file__).resolve().parent.parent
# Of these there is nothing to try without rows of tables.
NEEDS_ROWS = {
    "accounts/admin/tests",
    "agents/admin/tests",
    "agents/versions/gate/tests",
    "dashboard/after_call/tests",
    "dashboard/facts/tests",
    "dashboard/money/tests",
    "dashboard/saved_tests/tests",
    "dashboard/search/tests",
    "dashboard/tools/tests",
    "telephony/carriers/tests",
    "telephony/process/draining/tests",
    "telephony/process/warm_up/tests",
    "telephony/webhooks/tests",
    "usage/analytics/tests",
    "usage/annotations/tests",
    "usage/digests/tests",
    "usage/meters/tests",
    "usage/questions/tests",
    "usage/saved_tests/tests",
    "usage/sharing/tests",
    "usage/takeover/tests",
    "usage/transfers/tests",
}
ROOMS = ("accounts", "agents", "usage", "telephony", "dashboard")


def folder_of(item: pytest.Item) -> str:
    return str(item.path.parent.relative_to(ROOT))


def test_every_room_has_tests_in_make_quick(request: pytest.FixtureRequest) -> None:
    config = request.config
    if set(config.args) != set(config.getini("testpaths")) or FILES in config.stash:
        pytest.skip("seen by a run of all tests")
    folders = {
        str(path.parent.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("tests/test_*.py")
    }
    quick = {folder_of(item) for item in request.session.items if item.get_closest_marker("quick")}
    assert folders - quick == NEEDS_ROWS


def test_make_keeps_what_python_has_compiled() -> None:
    """The processes of a test run would each compile everything anew: minutes, all in all."""
    probe = 'probe: ; @echo "<$$PYTHONDONTWRITEBYTECODE>"'
    done = subprocess.run(
        ["make", "--no-print-directory", "--eval", probe, "probe"],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "<>\n"
