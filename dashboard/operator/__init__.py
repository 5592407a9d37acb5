"""The operator's area: all organizations, income, and the state of the platform."""
