"""Limits on what comes in often or deep."""
