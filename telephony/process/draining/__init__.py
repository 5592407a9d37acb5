"""Orders of an operator that a media process drains: given and withdrawn."""
