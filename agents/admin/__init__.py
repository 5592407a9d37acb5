"""The operator's admin pages of agents, and those of accounts that show agents as well.

Organizations and API keys belong to accounts, but their pages show the webhook URL of
each agent, and a page that shows two apps lives in the upper one.
"""

from agents.admin import (
    agents,
    api_keys,
    http_tools,
    organizations,
    saved_tests,
    site_readings,
    versions,
)

__all__ = [
    "agents",
    "api_keys",
    "http_tools",
    "organizations",
    "saved_tests",
    "site_readings",
    "versions",
]
