"""Stored calls as files: recordings, and all of one caller."""
