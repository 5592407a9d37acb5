"""What connections inherit from the socket on which the media server listens."""

import socket
from collections.abc import Iterator

import pytest

from voicex.errors import ConfigurationError
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


def test_a_port_that_is_taken_is_told_with_another(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    with pytest.raises(ConfigurationError, match=rf"or choose another port: PORT={port + 1} "):
        listen(host, port)


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid", "::1"])  # RFC 5737, RFC 6761
def test_an_address_that_the_machine_does_not_have_is_told_with_what_host_may_be(
    host: str,
) -> None:
    with pytest.raises(ConfigurationError, match=rf"on {host} .*Set HOST to an") as refused:
        listen(host, 0)
    assert "another port" not in str(refused.value)


def test_a_unix_socket_is_left_as_it_is() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        send_at_once(listener.fileno())
