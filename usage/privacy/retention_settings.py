"""Changes an organization's name and retention periods; existing recordings follow."""

from django.db import transaction

from accounts.members.organizations import change_organization
from accounts.models import Organization, User
from usage.records import recordings


def change_settings(
    org: Organization,
    *,
    name: str,
    recording_days: int,
    transcript_days: int | None,
    actor: User | None,
) -> None:
    """Change the settings of `org`; days: None keeps for good. Raises ValidationError by field.

    Recordings follow in batches, before the setting: after a crash it is as it was, though
    recordings may have the new time already, and the same change can be made again.
    """
    wanted: dict[str, str | int | None] = {
        "name": name,
        "recording_days": recording_days,
        "transcript_days": transcript_days,
    }
    others = {field.name for field in Organization._meta.fields} - {*wanted}
    others |= {field for field, value in wanted.items() if getattr(org, field) == value}
    Organization(**wanted).clean_fields(exclude=others)
    if recording_days != org.recording_days:
        recordings.keep_for(org, days=recording_days)
    with transaction.atomic():
        changed = change_organization(org, actor=actor, **wanted)
        if "recording_days" in changed:  # those that began meanwhile, or got another's time
            recordings.keep_for(org, days=recording_days)
