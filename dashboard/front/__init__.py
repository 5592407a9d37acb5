"""What visitors see without an account: first page, an agent to ask, status, handbook."""
