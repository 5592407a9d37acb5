"""The Twilio account of the simulated phone, by which its calls are known. Pure."""

from typing import Final

# One for all its calls: an organization that pins the AccountSid it saw first must meet the same
# one again.
ACCOUNT_SID: Final = "AC5e1f0000000000000000000000000ca1"
