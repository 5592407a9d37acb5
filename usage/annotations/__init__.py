"""Annotations of calls by members: tags and notes."""
