"""Records of calls with redaction ("private calls")."""
