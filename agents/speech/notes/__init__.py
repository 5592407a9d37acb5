"""Sources, links and formulas in answers. Pure."""
