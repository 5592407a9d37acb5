"""The operator's pages over usage: facts and money are read here, never written.

Only quotas, new price books and "run it again" come from a person.
"""

from usage.admin import calls, operation, prices

__all__ = ["calls", "operation", "prices"]
