"""The dashboard: server-rendered pages for the members of an organization."""
