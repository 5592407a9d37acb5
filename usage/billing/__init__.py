"""Billing: usage is rated, posted to the ledger, and summed up."""
