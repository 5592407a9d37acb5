"""The analysis of finished calls, by rules and by the organization's model."""
