"""Plans, quotas and budgets: limits of organizations, and their use."""
