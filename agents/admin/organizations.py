"""Organizations: founded for an owner, suspended with a reason, their webhook URLs."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts.admin.base import ReadOnlyRows, operator
from accounts.carriers.accounts import name_account, named_account
from accounts.carriers.fields import AccountSidField
from accounts.keys.api_keys import usable_keys
from accounts.members.organizations import (
    change_organization,
    create_organization,
    resume,
    suspend,
)
from accounts.models import ApiKey, Membership, Organization, User
from agents.admin.webhook_urls import ShowsWebhookUrls
from agents.models import Agent

TWILIO: Final = "twilio"


class NewOrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A name, and the person who will own the organization."""

    owner = forms.EmailField(
        label=_("Owner’s email address"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The owner must have an account already."),
    )

    class Meta:
        model = Organization
        fields: ClassVar = ["name"]

    def clean_owner(self) -> User:
        """The person with that address, who has proved that it is theirs."""
        address = self.cleaned_data["owner"].lower()
        owner = User.objects.filter(email=address).first()
        if owner is None:
            raise forms.ValidationError(_("There is no account with this email address"))
        # Everyone can sign up with any address; only a confirmed one says who it is.
        if not EmailAddress.objects.filter(user=owner, email=address, verified=True).exists():
            raise forms.ValidationError(_("This email address isn’t confirmed yet"))
        return owner


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What the operator may change; a suspension needs a reason."""

    twilio_account_sid = AccountSidField(widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Organization
        fields: ClassVar = ["name", "state", "suspended_reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            named = named_account(self.instance, carrier=TWILIO)
            self.initial["twilio_account_sid"] = named

    def clean(self) -> dict[str, Any]:
        """The form's data, refused when a suspension has no reason."""
        data = super().clean() or {}
        is_suspended = data.get("state") == Organization.State.SUSPENDED
        if is_suspended and not (data.get("suspended_reason") or "").strip():
            self.add_error("suspended_reason", _("Enter a reason. The organization will see it."))
        return data


class MemberRows(ReadOnlyRows):
    """The members, with links to change their roles."""

    model = Membership
    fields = ("user", "role", "created_at")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Members with their people, in one query."""
        return super().get_queryset(request).select_related("user", "org")


@admin.register(Organization)
class OrganizationPage(ShowsWebhookUrls):
    """The clients of the platform. One is suspended rather than deleted: its ledger stays."""

    form = OrganizationForm
    list_display = ("name", "public_id", "state", "suspended_reason", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "public_id", "carriers__account_id")
    date_hierarchy = "created_at"
    ordering = ("name", "pk")
    readonly_fields = ("public_id", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "public_id", "twilio_account_sid", "created_at")}),
        (_("Suspension"), {"fields": ("state", "suspended_reason")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "owner")}),)
    inlines = (MemberRows,)

    def get_form(self, request: HttpRequest, obj: Organization | None = None, **kwargs: Any) -> Any:
        """A short form for a new organization, the whole one afterwards."""
        form = OrganizationForm if obj else NewOrganizationForm
        return super().get_form(request, obj, **(kwargs | {"form": form}))

    def get_inlines(self, _request: HttpRequest, obj: Organization | None) -> Any:
        """No members before there is an organization."""
        return self.inlines if obj else ()

    def has_delete_permission(
        self, _request: HttpRequest, _obj: Organization | None = None
    ) -> bool:
        """Never."""
        return False

    def webhook_key(self, obj: Organization) -> ApiKey | None:
        """The newest key in use."""
        return usable_keys(obj, now=timezone.now()).select_related("org").first()

    def webhook_agents(self, obj: Organization) -> Iterable[Agent | None]:
        """The plain URL, then each active agent's."""
        return [None, *Agent.objects.filter(org=obj, is_active=True)]

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        """Found, change, suspend or resume, each with its trace."""
        if not change:
            org = create_organization(
                name=obj.name, owner=form.cleaned_data["owner"], is_proven=True
            )
            obj.pk, obj.public_id = org.pk, org.public_id
            return
        change_organization(obj, actor=operator(request), name=obj.name)
        account_sid = form.cleaned_data["twilio_account_sid"]
        name_account(obj, account_sid, carrier=TWILIO, actor=operator(request))
        if {"state", "suspended_reason"} & set(form.changed_data):
            if obj.is_suspended:
                suspend(obj, reason=obj.suspended_reason, actor=operator(request))
            else:
                resume(obj, actor=operator(request))
