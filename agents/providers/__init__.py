"""What an organization has with its providers: keys, models, problems."""
