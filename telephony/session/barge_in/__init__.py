"""Who may interrupt: the doubt about a sound over the agent's voice. Pure."""
