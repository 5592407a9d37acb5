"""Who belongs to an organization, and what is known of it."""
