"""What providers really send, by name."""
