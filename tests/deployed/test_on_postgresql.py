"""Tests that only PostgreSQL can play, run against a server of their own."""

import os
import subprocess
import sys

import pytest

from testing.services.servers import ROOT, PostgreSQL, missing

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]


def test_what_sqlite_cannot_show_ends_well():
    # Another pytest: which database a process uses is settled when Django starts.
    with PostgreSQL() as server:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-rs",
                "tests/deployed/test_limits_at_once.py",
                "usage/billing/tests/test_two_at_once.py",
                "usage/billing/tests/test_linear.py",
                "usage/reads/tests/test_call_search.py",
                "usage/records/tests/test_odd_records.py",
                "telephony/calls/tests/test_dead_letters.py",
                "tests/fence/test_nul.py",
                "tests/deployed/test_row_security.py",
            ],
            cwd=ROOT,
            env={**os.environ, "TEST_DATABASE_URL": server.url},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
