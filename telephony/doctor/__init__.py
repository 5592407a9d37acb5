"""Whether an organization's set-up works: facts are gathered, then judged."""
