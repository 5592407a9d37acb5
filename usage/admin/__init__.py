"""The operator's admin pages of usage: facts and money are read here, never written.

Only plans, quotas, new price books and "run it again" come from a person.
"""

from usage.admin import calls, operation, papers, plans, prices, proofs, recordings, rollups

__all__ = ["calls", "operation", "papers", "plans", "prices", "proofs", "recordings", "rollups"]
