"""Host names are resolved on threads of their own, and only what can be a name."""

import threading

import pytest

from voicex.errors import EndpointRefused
from voicex.fence import lookup


def test_what_is_longer_than_any_name_is_not_looked_up(monkeypatch):
    monkeypatch.setattr(lookup.threading, "Thread", pytest.fail)
    with pytest.raises(OSError, match="not a host name"):
        lookup.look_up("a" * 254).result(0)


def test_a_name_is_looked_up():
    assert lookup.look_up("localhost").result(30)


@pytest.fixture
def stuck(monkeypatch):
    """Name servers that answer nothing until the test is over."""
    released = threading.Event()

    def getaddrinfo(*_args, **_kwargs):
        released.wait(30)
        return []

    monkeypatch.setattr(lookup.socket, "getaddrinfo", getaddrinfo)
    yield
    released.set()
    # Not by what was looked up: a name is forgotten a moment after its server has answered.
    for thread in threading.enumerate():
        if thread.name == "fence-lookup":
            thread.join(30)
    assert not lookup._under_way


def test_a_domain_whose_names_are_never_found_holds_up_no_other(monkeypatch, stuck):
    """The owner of a domain has any number of names in it, and of organizations that use them."""
    monkeypatch.setattr(lookup, "STUCK_SECONDS", 0.0)
    for number in range(lookup.STUCK_OF_A_DOMAIN):
        lookup.look_up(f"n{number}.evil.co.uk")
    with pytest.raises(EndpointRefused):
        lookup.look_up("another.evil.co.uk")
    assert not lookup.look_up("models.example.co.uk").done()
    assert not lookup.look_up("models.example.com").done()


def test_a_short_domain_of_a_country_is_one_domain(monkeypatch, stuck):
    monkeypatch.setattr(lookup, "OF_A_DOMAIN", 2)
    lookup.look_up("n1.abc.de")
    lookup.look_up("a.n2.abc.de")
    with pytest.raises(EndpointRefused):
        lookup.look_up("n3.abc.de")
    assert not lookup.look_up("n1.abd.de").done()


def test_a_working_name_server_may_be_asked_for_many_names_at_once(monkeypatch, stuck):
    monkeypatch.setattr(lookup, "OF_A_DOMAIN", 6)
    for number in range(6):
        lookup.look_up(f"n{number}.example.com")
    with pytest.raises(EndpointRefused):
        lookup.look_up("one.more.example.com")
