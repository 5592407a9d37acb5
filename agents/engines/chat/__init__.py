"""Chat completions as servers really send them: asked for, and read."""
