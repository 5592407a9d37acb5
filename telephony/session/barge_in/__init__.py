"""Barge-in: whether a sound over the agent's voice interrupts the agent. Pure."""
