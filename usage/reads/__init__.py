"""Reads for pages: bounded, by organization."""
