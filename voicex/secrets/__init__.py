"""Secrets of the platform: checked when the process starts, kept out of logs and files."""
