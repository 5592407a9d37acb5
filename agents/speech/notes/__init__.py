"""What stands beside an answer's words: sources, links, formulas. Pure."""
