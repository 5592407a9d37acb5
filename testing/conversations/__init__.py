"""Conversations written in a few lines each, and run through the core on a virtual clock."""
