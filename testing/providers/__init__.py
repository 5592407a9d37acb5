"""Providers on loopback."""
