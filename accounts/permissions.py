"""What each role may do on the dashboard."""

from dataclasses import dataclass
from typing import Final

from accounts.models import Membership

Role = Membership.Role

# The least role for each kind of page; the views' guards and the pages' buttons both read these.
READ: Final = Role.VIEWER
EDIT_AGENTS: Final = Role.MEMBER
# Prompt, facts, settings, drafts and versions: what the organization wrote for its agent.
READ_PROMPTS: Final = Role.MEMBER
READ_EVENTS: Final = READ_PROMPTS  # they hold the prompt
DELETE_RECORDINGS: Final = Role.ADMIN
ERASE_CALLERS: Final = Role.ADMIN  # and take along everything of one
LISTEN: Final = Role.ADMIN  # to a live call
HANG_UP: Final = Role.ADMIN
SUPERVISE: Final = Role.ADMIN  # have an agent say something, tell its model, take its call over
TRY_AGENTS: Final = Role.MEMBER  # costs money, as a call does
HANDLE_MESSAGES: Final = Role.MEMBER  # assign those that callers left, and mark them done
ANNOTATE_CALLS: Final = Role.MEMBER  # tags and notes
SHARE_CALLS: Final = Role.ADMIN  # with people who have no account
SEE_KEYS: Final = Role.MEMBER  # members set up phone numbers with them
MANAGE_KEYS: Final = Role.ADMIN
SEE_HOOKS: Final = Role.MEMBER  # outgoing webhooks and what came of them
MANAGE_HOOKS: Final = Role.ADMIN
MANAGE_ORGANIZATION: Final = Role.ADMIN
MANAGE_TEAM: Final = Role.ADMIN


@dataclass(frozen=True, slots=True)
class May:
    """The permissions of a member, as the pages need them."""

    edit_agents: bool
    read_prompts: bool
    try_agents: bool
    handle_messages: bool
    annotate_calls: bool
    share_calls: bool
    listen: bool
    hang_up: bool
    supervise: bool
    see_keys: bool
    manage_keys: bool
    see_hooks: bool
    manage_hooks: bool
    manage_organization: bool
    manage_team: bool


def permissions_of(membership: Membership) -> May:
    """The permissions that come with the member's role."""
    return May(
        edit_agents=membership.is_at_least(EDIT_AGENTS),
        read_prompts=membership.is_at_least(READ_PROMPTS),
        try_agents=membership.is_at_least(TRY_AGENTS),
        handle_messages=membership.is_at_least(HANDLE_MESSAGES),
        annotate_calls=membership.is_at_least(ANNOTATE_CALLS),
        share_calls=membership.is_at_least(SHARE_CALLS),
        listen=membership.is_at_least(LISTEN),
        hang_up=membership.is_at_least(HANG_UP),
        supervise=membership.is_at_least(SUPERVISE),
        see_keys=membership.is_at_least(SEE_KEYS),
        manage_keys=membership.is_at_least(MANAGE_KEYS),
        see_hooks=membership.is_at_least(SEE_HOOKS),
        manage_hooks=membership.is_at_least(MANAGE_HOOKS),
        manage_organization=membership.is_at_least(MANAGE_ORGANIZATION),
        manage_team=membership.is_at_least(MANAGE_TEAM),
    )
