"""What one process holds for all of its calls."""
