"""The voice of Google."""
