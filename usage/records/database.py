"""What a database raises while it is away, as opposed to what it refuses."""

from typing import Final

from django.db import InterfaceError, InternalError, OperationalError

# InternalError: among others a database that only reads, while another takes over.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
