"""The audit log: append-only, with hash chains that are verified."""
