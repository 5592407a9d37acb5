"""People and how they log in; second factors can be taken away, never read."""

from typing import ClassVar

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.admin.base import Page, ReadOnlyPage
from accounts.models import User


class NewUserForm(UserCreationForm):  # type: ignore[misc]  # unfold ships no types
    """A person's address and first password."""

    class Meta:
        model = User
        fields: ClassVar = ["email"]


@admin.register(User)
class UserPage(UserAdmin, Page):  # type: ignore[type-arg]  # generic in the stubs only
    """People; who is staff operates this platform."""

    form = forms.ModelForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    date_hierarchy = "date_joined"
    readonly_fields = ("password_page", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "password_page")}),
        (
            _("Rights on the platform"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    @admin.display(description=_("Password"))
    def password_page(self, user: User) -> str:
        """A link in the place of the hash, which concerns nobody."""
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Set a new password"))


# Django and allauth register plain pages of their own before ours are imported; theirs
# would look foreign, and allauth's would show the secret of a second factor.
admin.site.unregister([Group, EmailAddress, Authenticator])


@admin.register(Group)
class GroupPage(GroupAdmin, Page):
    """Bundles of permissions for staff who are no superusers."""


@admin.register(EmailAddress)
class EmailAddressPage(EmailAddressAdmin, Page):  # type: ignore[misc]
    """Addresses of a person, and which are verified."""

    list_select_related = ("user",)
    raw_id_fields = ()
    autocomplete_fields = ("user",)


@admin.register(Authenticator)
class SecondFactorPage(ReadOnlyPage):
    """Who has a second factor. Deleting it helps a person who lost their phone."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        """As any other page: those who may."""
        allowed: bool = Page.has_delete_permission(self, request, obj)
        return allowed
