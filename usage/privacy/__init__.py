"""Privacy: retention, and export and erasure of a caller's data."""
