"""A call that moves: its state as a value, and what is done when it continues elsewhere. Pure."""
