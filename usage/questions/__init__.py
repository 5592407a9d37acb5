"""Questions without an answer: kept from analyses, gathered, added as facts or dismissed."""
