"""Fixed sentences for callers, one file for each language. Pure."""
