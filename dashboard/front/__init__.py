"""Public pages: first page, an agent to try, status, handbook."""
