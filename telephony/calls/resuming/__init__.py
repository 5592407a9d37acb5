"""A call that another process may continue: where it stands is written down, and read again."""
