"""The records of calls of which something is taken out."""
