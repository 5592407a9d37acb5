"""What is checked before callers get an agent's version, each finding with its remedy."""
