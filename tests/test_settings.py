"""A setting that is missing or wrong stops the start with one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("PORT", "abc", "Expected a whole number up to 65535"),
        ("PORT", "99999", "Expected a whole number up to 65535"),
        ("MAX_CALLS_PER_PROCESS", "-1", "Expected a whole number"),
        ("DATABASE_URL", "bogus", "not the address of a database"),
        ("LOG_LEVEL", "LOUD", "Expected one of DEBUG"),
        ("TWILIO_APP_URL", "http://voicex.example", "Use https://voicex.example"),
        ("TWILIO_APP_URL", "voicex.example", "not a public origin"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(name, value, says):
    done = subprocess.run(
        [sys.executable, "-c", "import voicex.settings"],
        cwd=ROOT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("voicex.errors.ConfigurationError: ")
    assert says in last
