"""Twilio on loopback."""
