"""Servers and the service itself, started for a test."""
