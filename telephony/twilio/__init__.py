"""Twilio: its webhooks, signatures, documents, media messages and REST API."""
