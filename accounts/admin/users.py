"""Users and how they log in; second factors can be removed, never read."""

from typing import Any, ClassVar

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.admin.base import Page, ReadOnlyPage, operator
from accounts.members import rights
from accounts.members.access import has_fresh_login
from accounts.models import User


class NewUserForm(UserCreationForm):  # type: ignore[misc]  # unfold ships no types
    """A person's address and first password."""

    class Meta:
        model = User
        fields: ClassVar = ["email"]


class PeoplePage(Page):
    """Base of pages by which a user could become an operator, or another user.

    Staff may read them. Superusers may change them, after a fresh log-in.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return operator(request).is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return operator(request).is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return operator(request).is_superuser and super().has_delete_permission(request, obj)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list; an action on it asks for a fresh log-in."""
        _prove(request)
        return super().changelist_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; saving it asks for a fresh log-in."""
        _prove(request)
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The confirmation page; confirming it asks for a fresh log-in."""
        _prove(request)
        return super().delete_view(request, *args, **kwargs)


def _prove(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired for a form from an old session."""
    if request.method == "POST" and not has_fresh_login(request, now=timezone.now()):
        raise ReauthenticationRequired


@admin.register(User)
class UserPage(PeoplePage, UserAdmin):  # type: ignore[misc, type-arg]  # generic in the stubs only
    """Users; staff operate this platform."""

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
            _("Platform rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    @admin.display(description=_("Password"))
    def password_page(self, user: User) -> str:
        """A link in place of the hash, which no page shows."""
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Set a new password"))

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form for a new password; saving it asks for a fresh log-in."""
        _prove(request)
        return super().user_change_password(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save everything but the rights, which `save_related` saves."""
        wanted = {name: getattr(obj, name) for name in rights.COLUMNS}
        if change:
            stored = rights.rights_of(obj)
            for name in rights.COLUMNS:
                setattr(obj, name, getattr(stored, name))
        super().save_model(request, obj, form, change)
        for name, value in wanted.items():
            setattr(obj, name, value)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the chosen rights by the service that writes to the audit log."""
        if not change:
            super().save_related(request, form, formsets, change)
            return
        chosen = form.cleaned_data
        to = rights.Rights(
            **{name: chosen[name] for name in rights.COLUMNS},
            groups=frozenset(chosen["groups"]),
            permissions=frozenset(chosen["user_permissions"]),
        )
        rights.change_rights(form.instance, to=to, actor=operator(request))


# Django and allauth register plain pages of their own before ours are imported; theirs
# would look foreign, and allauth's would show the secret of a second factor.
admin.site.unregister([Group, EmailAddress, Authenticator])


@admin.register(Group)
class GroupPage(PeoplePage, GroupAdmin):  # type: ignore[misc]  # unfold ships no types
    """Groups of permissions for staff who are not superusers."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the group's permissions and write to the audit log."""
        super().save_related(request, form, formsets, change)
        rights.record_group_change(
            form.instance, actor=operator(request), change="changed" if change else "added"
        )

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete the group and write to the audit log."""
        rights.record_group_change(obj, actor=operator(request), change="deleted")
        super().delete_model(request, obj)


@admin.register(EmailAddress)
class EmailAddressPage(PeoplePage, EmailAddressAdmin):  # type: ignore[misc]
    """Addresses of users, and which are verified."""

    list_select_related = ("user",)
    raw_id_fields = ()
    autocomplete_fields = ("user",)


@admin.register(Authenticator)
class SecondFactorPage(ReadOnlyPage, PeoplePage):
    """Which users have a second factor. Deleting it helps a user who lost their phone."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        """Superusers only."""
        return PeoplePage.has_delete_permission(self, request, obj)
