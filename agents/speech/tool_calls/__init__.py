"""Calls of tools as models write them into their words: read, and kept from the voice. Pure."""
