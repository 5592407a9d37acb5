"""Webhook keys and the URLs that carry them."""
