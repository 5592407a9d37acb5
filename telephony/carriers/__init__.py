"""What carriers are to the rest of the service: one protocol, and a registry."""
