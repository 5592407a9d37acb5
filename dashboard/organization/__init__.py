"""Pages about the organization: people, keys, credentials, audit log."""
