"""Pages about an organization's own tools: listed, written, tried, imported, and their secrets."""
