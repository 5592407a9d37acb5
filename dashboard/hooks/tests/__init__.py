"""Tests of the pages about outgoing webhooks."""
