"""The audit log: appended to, checked, never changed."""
