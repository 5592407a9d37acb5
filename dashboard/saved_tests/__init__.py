"""Pages about an agent's saved tests: written, run, and what came of them."""
