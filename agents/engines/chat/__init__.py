"""Chat completions: requests, and tolerant parsing of servers' streams."""
