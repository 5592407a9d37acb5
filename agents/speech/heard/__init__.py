"""Text from a recogniser: read, and told from what nobody said. Pure."""
