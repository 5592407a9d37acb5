"""Secrets of the platform: checked at start-up, kept out of logs and files."""
