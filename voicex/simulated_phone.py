"""The AccountSid of the simulated phone, which identifies its calls. Pure."""

from typing import Final

# The same for all calls, because an organization is bound to the AccountSid that it saw first.
ACCOUNT_SID: Final = "AC5e1f0000000000000000000000000ca1"
