"""The streams of one call: usually one, and another when the caller comes back from a transfer."""
