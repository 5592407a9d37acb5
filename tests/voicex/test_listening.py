"""What connections inherit from the socket on which the media server listens."""

import socket
from collections.abc import Iterator

import pytest

from voicex.processes.supervisor import listen
from voicex.server import send_at_once


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as made:
        yield made


def test_what_a_connection_sends_does_not_wait_for_an_acknowledgement(
    listener: socket.socket,
) -> None:
    send_at_once(listener.fileno())
    with socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_supervisors_socket_stays_open(listener: socket.socket) -> None:
    send_at_once(listener.fileno())
    assert listener.getsockname()


def test_a_unix_socket_is_left_as_it_is() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        send_at_once(listener.fileno())
