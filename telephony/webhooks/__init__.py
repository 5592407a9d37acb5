"""The routes that carriers ask: the voice webhook, its callbacks, and what proves who asks."""
