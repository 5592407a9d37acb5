"""Pages about outgoing webhooks."""
