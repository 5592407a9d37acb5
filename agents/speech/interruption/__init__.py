"""Judges sounds over the agent's voice: words, audio, echo. Pure."""
