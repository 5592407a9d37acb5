"""Host names are resolved on threads of their own, and only what can be a name."""

import pytest

from voicex.fence import lookup


def test_what_is_longer_than_any_name_is_not_looked_up(monkeypatch):
    monkeypatch.setattr(lookup.threading, "Thread", pytest.fail)
    with pytest.raises(OSError, match="not a host name"):
        lookup.look_up("a" * 254).result(0)


def test_a_name_is_looked_up():
    assert lookup.look_up("localhost").result(30)
