"""Secrets of organizations: sealed, opened, re-encrypted."""
