"""What is looked after every 15 seconds goes on when one of its parts fails."""

import pytest
from structlog.testing import capture_logs

from testing.scene import NOW
from usage import sweeping


def test_a_part_that_fails_is_told_and_those_behind_it_run(monkeypatch):
    ran = []

    def bad(_now):
        raise ValueError("secret")

    parts = {"first": bad, "second": ran.append, "third": bad, "fourth": ran.append}
    monkeypatch.setattr(sweeping, "PARTS", parts)
    with capture_logs() as logs, pytest.raises(ValueError, match="secret"):
        sweeping.sweep(now=NOW)
    assert ran == [NOW, NOW]
    assert [(line["part"], line["error"]) for line in logs] == [
        ("first", "ValueError"),
        ("third", "ValueError"),
    ]
