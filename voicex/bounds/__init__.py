"""Limits on input: rates, log lines, size and depth of JSON."""
