"""Pages about money: budgets, statements and invoices, the ledger as files."""
