"""The admin pages of memberships."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.admin.base import BY_ORG, Page, operator
from accounts.members.organizations import is_last_owner, remove_member, set_role
from accounts.models import Membership


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A member's role; an organization never loses its last owner."""

    class Meta:
        model = Membership
        fields: ClassVar = ["org", "user", "role"]

    def clean_role(self) -> str:
        """The role. Raises ValidationError if it would remove the last owner."""
        role: str = self.cleaned_data["role"]
        if self.instance.pk and role != Membership.Role.OWNER and is_last_owner(self.instance):
            raise forms.ValidationError(_("An organization must have at least one owner."))
        return role


@admin.register(Membership)
class MembershipPage(Page):
    """Members and their roles."""

    form = MembershipForm
    list_display = ("user", "org", "role", "created_at")
    list_select_related = ("user", "org")
    list_filter = (BY_ORG, "role")
    search_fields = ("user__email", "org__name")
    date_hierarchy = "created_at"
    autocomplete_fields = ("org", "user")
    fields = ("org", "user", "role", "created_at")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Membership | None = None
    ) -> tuple[str, ...]:
        """Only the role of an existing membership can change."""
        return ("org", "user", "created_at") if obj else ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Everyone but the last owner can be removed."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, Membership) and is_last_owner(obj))

    def save_model(self, request: HttpRequest, obj: Membership, _form: Any, _change: bool) -> None:
        """Add the member, or change the role, and write to the audit log."""
        obj.pk = set_role(obj.org, user=obj.user, role=obj.role, actor=operator(request)).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove the member and write to the audit log."""
        remove_member(obj.org, user=obj.user, actor=operator(request))
