"""Calls: webhooks of carriers, calls from browsers, and the live sessions behind both."""
