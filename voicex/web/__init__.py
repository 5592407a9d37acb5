"""Requests and sockets before an application sees them: limits, addresses, middleware."""
