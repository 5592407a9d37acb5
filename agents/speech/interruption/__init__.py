"""Whether a sound over the agent's voice takes the floor: words, sound, echo. Pure."""
