"""HTTP and sockets below the applications: limits, client addresses, middleware."""
