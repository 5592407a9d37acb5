"""The shared parts of a serving process: runtime, record writer, watches, metrics."""
