"""Markup within the lines of an answer: emphasis, links, directions, notes. Pure."""
