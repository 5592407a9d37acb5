"""Members who have a live call say something, tell its model something, or take it over."""
