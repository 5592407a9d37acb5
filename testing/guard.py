"""How long a test waits for something that should come at once before it fails."""

from typing import Final

# Nothing is measured by it: a test that passes does not wait, and a busy machine may pause.
GUARD_SECONDS: Final = 60
