"""What an organization may use, and how far it has."""
