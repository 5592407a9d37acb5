"""What happened and what it cost: calls, turns, usage facts, the ledger."""
