"""Timeouts of a call: silence of the caller, missing events, maximum duration. Pure."""
