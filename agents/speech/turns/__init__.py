"""When a caller's turn is over: by its words, the question, the caller's own pauses. Pure."""
