"""Pages about what an agent knows: its facts, and how facts and documents are imported."""
