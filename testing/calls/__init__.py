"""Calls for tests: their messages, and processes that run them."""
