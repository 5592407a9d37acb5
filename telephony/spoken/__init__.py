"""What callers hear that no model writes, by language: one file a language. Pure."""
