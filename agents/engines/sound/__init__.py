"""Sound as providers send it: recognised, decoded."""
