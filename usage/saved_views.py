"""Saved views: a member's named filters of the list of calls."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.names import LONGEST, validate_name
from usage.models import SavedView

MAX_VIEWS: Final = 20
LONGEST_QUERY: Final = 500


def views_of(org: Organization, *, user: User) -> QuerySet[SavedView]:
    """The views of a member."""
    return SavedView.objects.filter(org=org, user=user)


def save_view(org: Organization, *, user: User, name: str, query: str) -> None:
    """Save `query` under `name`, replacing an existing view. Raises ValidationError."""
    if not name or len(name) > LONGEST:
        raise ValidationError(_("Enter a name of up to 60 characters."))
    validate_name(name)
    if len(query) > LONGEST_QUERY:
        raise ValidationError(_("These filters are too long to save."))
    with transaction.atomic():
        # Locked, so that two requests do not both find room for the last one.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        views = views_of(org, user=user)
        if len(views) >= MAX_VIEWS and name not in {view.name for view in views}:
            raise ValidationError(_("You’ve reached the limit of saved views. Delete one first."))
        views_of(org, user=user).update_or_create(
            name=name,
            defaults={"query": query},
            create_defaults={"query": query, "org": org, "user": user},
        )


def delete_view(org: Organization, *, user: User, view_id: int) -> bool:
    """Delete a view of this member; False if there is none with that id."""
    deleted, _rows = views_of(org, user=user).filter(pk=view_id).delete()
    return bool(deleted)
