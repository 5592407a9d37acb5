"""The operator's area: every organization, what the platform earns, and how it does."""
