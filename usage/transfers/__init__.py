"""Calls that are put through to a person: begun, concluded, taken back by the agent."""
