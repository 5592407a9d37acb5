"""The operator's admin pages of usage: facts and ledger are read-only.

Only plans, quotas, new price books and the action "run again" can be edited.
"""

from usage.admin import calls, operation, papers, plans, prices, proofs, recordings, rollups

__all__ = ["calls", "operation", "papers", "plans", "prices", "proofs", "recordings", "rollups"]
