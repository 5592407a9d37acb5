"""How long a test waits for what ought to come at once, before it says that it never came."""

from typing import Final

# Nothing is measured by it: a test that passes does not wait, and a busy machine may pause.
GUARD_SECONDS: Final = 60
