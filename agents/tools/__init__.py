"""What an agent can do beside talking: one file a tool, and the registry that lists them."""
