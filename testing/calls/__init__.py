"""Calls for tests: their messages, and processes that carry them."""
