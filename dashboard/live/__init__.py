"""Live calls: the list, and its sockets."""
