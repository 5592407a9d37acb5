"""Sound for tests, and what was heard."""
