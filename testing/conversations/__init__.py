"""Conversations written down in a few lines each, and carried through the core in no time."""
