"""Callers who wait until a line is free: their order, and what became of them."""
