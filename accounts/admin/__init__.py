"""The operator's admin pages of accounts: people, members, credentials, the audit log.

Organizations and API keys show the webhook URL of each agent, so their pages live one
room up, in `agents.admin`. The log-in is the site's own: it limits attempts and asks for
the second factor, which the admin's log-in page would not.
"""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from accounts.admin import (
    audit,
    carriers,
    credentials,
    host_secrets,
    impersonations,
    invitations,
    memberships,
    users,
)

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

__all__ = [
    "audit",
    "carriers",
    "credentials",
    "host_secrets",
    "impersonations",
    "invitations",
    "memberships",
    "users",
]
