"""Longer texts that an agent looks things up in: cut into passages, found by words. Pure."""
