"""Accounts: users, organizations, members, API keys, secrets and the audit log."""
