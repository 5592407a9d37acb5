"""Pages about what is made of calls when they are over."""
