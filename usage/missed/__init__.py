"""Unanswered callers: counted, listed, and reported to owners."""
