"""Secrets of organizations: sealed, opened, sealed anew."""
