"""The base of all pages of an organization."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Organization, User
from accounts.permissions import permissions_of

# For the form of something that is gone by the time it is sent; it is then the form of a new one.
NO_LONGER_THERE: Final = gettext_lazy("This no longer exists. Save again to create it anew.")


class MemberRequest(HttpRequest):
    """A request that `accounts.members.access.member_required` admitted."""

    user: User
    org: Organization
    membership: Membership


def render_page(
    request: MemberRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of `request.org`; the template also gets `org`, and `may` of this member."""
    shared = {"org": request.org, "may": permissions_of(request.membership)}
    return render(request, f"dashboard/{template}", shared | context, status=status)
