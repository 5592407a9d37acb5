"""The faults of `make faults`, one after the other: what is done, and what callers met."""
