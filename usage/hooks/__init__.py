"""Outgoing webhooks: events of an organization, sent to its endpoints.

record, of_calls       what happened becomes deliveries, in the transaction in which it happens
payloads, slack        what is sent
endpoints              addresses: named, changed, paused, rotated, removed by members
scheduling, outcomes   which endpoint is next, and what became of what was sent
sender, sending        the thread that sends, beside the worker's own
"""
