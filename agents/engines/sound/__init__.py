"""Sound as providers send it: told apart, decoded."""
