"""Saved tests of agents run in a worker: agents asked by text, answers checked, metered."""
