"""Starts the media server of `manage.py run --reload` while the command itself is still loading.

Each takes a second or two to import its code, so they do it in parallel. The server then waits at a
gate (a pipe), which the command opens once the database is ready. When the command fails, the gate
is closed unopened, and the server exits silently.
"""

import os
import socket
import subprocess
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from voicex.processes.supervisor import listen, media_command

OPENED: Final = b"1"


@dataclass(frozen=True, slots=True)
class EarlyServer:
    """A server that waits. listener: its socket; gate: the pipe to write to when it may begin."""

    listener: socket.socket
    process: subprocess.Popen[bytes]
    gate: int

    def open(self) -> None:
        """Let the server begin. To be called once."""
        os.write(self.gate, OPENED)
        os.close(self.gate)


_begun: list[EarlyServer] = []


def begin() -> None:
    """Start a server; to be called before Django is set up. Raises ConfigurationError when the port
    is in use.
    """
    listener = listen(settings.HOST, settings.PORT)
    waiting, gate = os.pipe()
    process = subprocess.Popen(
        [*media_command(listener), "--gate", str(waiting)],
        pass_fds=[listener.fileno(), waiting],
        start_new_session=True,
    )
    os.close(waiting)
    _begun.append(EarlyServer(listener, process, gate))


def taken() -> EarlyServer | None:
    """Take the started server, once; None if there is none."""
    return _begun.pop() if _begun else None


def is_opened(gate: int) -> bool:
    """In the server: wait at the gate; False when the gate was closed unopened."""
    opened = os.read(gate, len(OPENED))
    os.close(gate)
    return opened == OPENED
