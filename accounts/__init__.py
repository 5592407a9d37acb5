"""Who: organizations, members, keys and secrets."""
