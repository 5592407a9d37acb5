"""A call while it lasts: its driver, socket, sound and records."""
