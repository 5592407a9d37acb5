"""What every table may rely on: scopes, append-only tables, text that a database takes."""
