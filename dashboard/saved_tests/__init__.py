"""Pages about an agent's saved tests: edit, run, results."""
