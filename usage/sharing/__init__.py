"""Links by which one call's transcript is shown to people without an account."""
