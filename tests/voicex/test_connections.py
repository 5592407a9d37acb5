"""Places for connections: who has shown nothing makes room, and calls have what floods leave."""

from math import inf

import pytest

from voicex.web.client_address import forwarded_address, limited_address
from voicex.web.connections import (
    CLOSE_SECONDS,
    REQUEST_SECONDS,
    STALL_SECONDS,
    Connection,
    Connections,
    Kind,
)

PROXY = ""  # shared by all


class Wire:
    def __init__(self) -> None:
        self.is_aborted = self.is_closed = False

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.is_aborted = self.is_closed = True


def opened(connections: Connections, now: float = 0.0, *, of: str = PROXY) -> Connection:
    connection = connections.open(Wire(), of, now)
    assert connection is not None
    return connection


def is_aborted(connection: Connection) -> bool:
    return connection.transport.is_aborted  # type: ignore[attr-defined]


def test_a_new_connection_takes_the_place_of_the_one_that_began_longest_ago():
    connections = Connections(most=100)
    all_of_them = [opened(connections, at) for at in range(100)]
    connections.begin(all_of_them[0], 100.0)  # its next request has begun
    newest = opened(connections, 101.0)
    assert [is_aborted(each) for each in all_of_them[:3]] == [False, True, False]
    assert len(connections) == 100
    assert not is_aborted(newest)


def test_what_is_served_and_calls_do_not_make_room():
    connections = Connections(most=8)
    held = [opened(connections) for _ in range(7)]
    for connection in held[:4]:
        assert connections.hold(connection, Kind.REQUEST)
    for connection in held[4:]:
        assert connections.hold(connection, Kind.CALL)
    for at in range(50):
        opened(connections, float(at))
    assert not any(is_aborted(connection) for connection in held)


def test_where_none_can_make_room_the_newest_is_refused():
    connections = Connections(most=4)
    for _ in range(4):
        assert connections.hold(opened(connections), Kind.REQUEST)
    assert connections.open(Wire(), PROXY, 0.0) is None
    assert connections.refused == 1


def test_sockets_that_are_no_calls_have_a_share_and_calls_have_the_rest():
    connections = Connections(most=80)
    others = [connections.hold(opened(connections), Kind.SOCKET) for _ in range(11)]
    assert others == [True] * 10 + [False]
    assert all(connections.hold(opened(connections), Kind.CALL) for _ in range(69))


@pytest.mark.parametrize("is_served", [False, True])
def test_one_address_has_only_so_many_and_calls_do_not_count(is_served):
    connections = Connections(most=100, most_of_one=5)
    for _ in range(20):
        assert connections.hold(opened(connections, of="192.0.2.1"), Kind.CALL)
    five = [opened(connections, of="192.0.2.1") for _ in range(5)]
    if is_served:
        assert all(connections.hold(each, Kind.REQUEST) for each in five)
    assert connections.open(Wire(), "192.0.2.1", 0.0) is None
    opened(connections, of="192.0.2.2")
    connections.close(five[0])
    opened(connections, of="192.0.2.1")


def test_behind_a_proxy_sockets_count_for_whom_it_names():
    connections = Connections(most=1_000, most_of_one=3)
    held = [connections.hold(opened(connections), Kind.SOCKET, "192.0.2.1") for _ in range(4)]
    assert held == [True, True, True, False]
    assert connections.hold(opened(connections), Kind.SOCKET, "192.0.2.2")


def test_a_request_comes_in_time_or_not_at_all():
    connections = Connections(most=10)
    slow, served = opened(connections), opened(connections)
    connections.hold(served, Kind.REQUEST)
    connections.sweep(REQUEST_SECONDS - 0.1)
    assert not is_aborted(slow)
    connections.sweep(REQUEST_SECONDS)
    assert is_aborted(slow)
    connections.sweep(1e9)
    assert not is_aborted(served)
    connections.begin(served, 1e9)  # it was answered
    connections.sweep(1e9 + REQUEST_SECONDS)
    assert is_aborted(served)


def test_a_client_that_takes_nothing_of_an_answer_is_closed():
    connections = Connections(most=10)
    slow, quick = opened(connections), opened(connections)
    for each in (slow, quick):
        connections.hold(each, Kind.REQUEST)
        connections.stall(each, 0.0)
    connections.flow(quick)
    connections.sweep(STALL_SECONDS)
    assert (is_aborted(slow), is_aborted(quick)) == (True, False)
    assert quick.due == inf


def test_a_connection_that_does_not_end_is_cut():
    connections = Connections(most=10)
    call = opened(connections)
    connections.hold(call, Kind.CALL)
    call.transport.is_closed = True  # and the other side takes nothing more  # type: ignore
    connections.sweep(5.0)
    assert not is_aborted(call)
    connections.sweep(5.0 + CLOSE_SECONDS)
    assert is_aborted(call)


def test_every_place_comes_back():
    connections = Connections(most=40, most_of_one=5)
    for at in range(200):
        one = connections.open(Wire(), "192.0.2.1", float(at))
        assert one is not None
        if kind := (None, *Kind)[at % 4]:
            assert connections.hold(one, kind)
        if at % 3 == 0:
            connections.begin(one, float(at))
        connections.close(one)
        connections.close(one)
    assert len(connections) == 0
    assert [connections.holding(kind) for kind in Kind] == [0, 0, 0]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("127.0.0.1", ""),
        ("127.9.9.9", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("", ""),
        ("unix:", ""),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
    ],
)
def test_an_address_counts_as_its_owner_and_this_machine_not_at_all(address, counted):
    assert limited_address(address) == counted


def test_a_proxy_is_believed_about_the_last_header_that_it_wrote():
    headers = [(b"x-real-ip", b"203.0.113.9"), (b"host", b"x"), (b"x-real-ip", b"192.0.2.1")]
    assert forwarded_address(headers, b"x-real-ip") == "192.0.2.1"
    assert forwarded_address(headers, b"") == forwarded_address([], b"x-real-ip") == ""
    assert forwarded_address([(b"x-real-ip", b"no address")], b"x-real-ip") == ""
