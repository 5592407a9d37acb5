"""Members supervise live calls: say something, give the model a note, take the call over."""
