"""Whether an organization's set-up works: asked, and judged."""
