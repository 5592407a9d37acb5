"""Documents of agents: split into passages, searched by words. Pure."""
