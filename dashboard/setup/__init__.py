"""Pages that lead to the first call, and show why there is none."""
