"""Admission of calls: checks at the webhook, tickets, waiting callers, preparation."""
