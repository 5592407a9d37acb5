"""Figures of calls by day and hour, agent and number: summed up, and read."""
