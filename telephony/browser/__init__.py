"""Calls from a browser: access, protocol, socket."""
