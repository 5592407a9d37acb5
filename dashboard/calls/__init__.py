"""Pages about calls, callers and usage."""
