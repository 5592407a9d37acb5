"""What is done when nothing happens in a call. Pure."""
