"""The database engine for SQLite; Django looks for it in `base`."""
