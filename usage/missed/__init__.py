"""Callers who were not answered: counted, listed, and told to owners."""
