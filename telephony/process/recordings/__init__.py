"""The sound of recorded calls, carried to the storage within the room of each organization."""
