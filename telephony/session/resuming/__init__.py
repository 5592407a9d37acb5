"""Handover of a call to another process: saved state, departure, resumption. Pure."""
