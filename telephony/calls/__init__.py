"""Live calls: driver, socket, audio and records."""
