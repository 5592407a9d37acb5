"""Compares the recognition of a sentence at 16 kHz (browser) and at 8 kHz (telephone)."""
