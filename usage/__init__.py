"""Calls and their usage: records, ledger, quotas, outbox, analysis, webhooks."""
