"""The database engine for PostgreSQL; Django looks for it in `base`."""
