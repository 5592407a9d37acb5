"""Organizations and their members: roles, invitations, impersonation, trust, revoked rights."""
