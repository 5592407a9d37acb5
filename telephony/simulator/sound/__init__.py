"""The audio of simulated callers."""
