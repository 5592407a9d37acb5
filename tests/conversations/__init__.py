"""Conversations, one a file, and the test that carries each through the core."""
