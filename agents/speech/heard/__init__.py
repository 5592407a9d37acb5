"""Text from a recogniser: read, and freed of words that were not said. Pure."""
