"""The settings of an agent, and their limits."""
