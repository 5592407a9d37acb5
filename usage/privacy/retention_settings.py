"""What an organization is called and how long it keeps what; recordings that it has follow."""

from django.db import transaction

from accounts.members.organizations import change_organization
from accounts.models import Organization, User
from usage.records import recordings


@transaction.atomic
def change_settings(
    org: Organization,
    *,
    name: str,
    recording_days: int,
    transcript_days: int | None,
    actor: User | None,
) -> None:
    """Change the settings of `org`; days: None keeps for good. Raises ValidationError by field."""
    changed = change_organization(
        org,
        actor=actor,
        name=name,
        recording_days=recording_days,
        transcript_days=transcript_days,
    )
    if "recording_days" in changed:
        recordings.keep_for(org, days=recording_days)
