"""Helpers for all tables: scopes of organizations, append-only tables, prepared queries, storable
text.
"""
