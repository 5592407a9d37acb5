"""Weekly reports to owners: planned, put together, mailed."""
