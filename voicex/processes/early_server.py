"""The media server of `manage.py run --reload`, loading while the command itself still loads.

Each takes Python a second or two, one after the other is what a developer waits for. The server
reads all of its code and then waits at its gate; once the database is ready, the command opens it.
It is never opened when the command fails, and the server then ends without a word.
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
    """A server that waits. listener: its socket; gate: what is written to when it may begin."""

    listener: socket.socket
    process: subprocess.Popen[bytes]
    gate: int

    def open(self) -> None:
        """Let it serve. Once."""
        os.write(self.gate, OPENED)
        os.close(self.gate)


_begun: list[EarlyServer] = []


def begin() -> None:
    """Start one. Before Django is set up. Raises ConfigurationError for a port that is taken."""
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
    """The one that was started, once; None without one."""
    return _begun.pop() if _begun else None


def is_opened(gate: int) -> bool:
    """In the server: wait at the gate; False when it will never be opened."""
    opened = os.read(gate, len(OPENED))
    os.close(gate)
    return opened == OPENED
