"""Calls that another process may continue: their state is written, and read again."""
