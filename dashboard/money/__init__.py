"""Pages about money: what calls may cost, and the ledger as files."""
