"""Pages that lead to the first call, and find out why there is none."""
