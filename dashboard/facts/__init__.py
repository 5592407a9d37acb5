"""Pages about an agent's facts, and the import of facts and documents."""
