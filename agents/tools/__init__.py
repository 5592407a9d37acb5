"""Built-in tools of agents: one file for each, and the registry."""
