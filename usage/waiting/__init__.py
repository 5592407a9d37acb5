"""Waiting callers: the queue for a free line, and its results."""
