"""Providers of an organization: keys, models, problems."""
