"""Credentials of organizations: a new value can be set, a stored one is never shown."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.admin.base import BY_ORG, Page, operator
from accounts.models import OrganizationSecret
from accounts.secrets.vault import clean_endpoint, clean_secret, clear_secret, store_secret
from voicex.fence import MAX_URL


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A credential with its value, which is write-only."""

    value = forms.CharField(
        label=_("New value"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}, render_value=False),
        help_text=_("Encrypted and never shown again."),
    )

    endpoint = forms.CharField(
        label=_("Server address"),
        required=False,
        max_length=MAX_URL,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Where the key is sent instead of the provider. Not every key supports this."),
    )

    class Meta:
        model = OrganizationSecret
        fields: ClassVar = ["org", "name"]

    def clean(self) -> dict[str, Any]:
        """The form's data, value and server checked for the kind of credential it is."""
        data = super().clean() or {}
        name = data.get("name") or self.instance.name
        if name and data.get("value"):
            try:
                data["value"] = clean_secret(name, data["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        try:
            data["endpoint"] = clean_endpoint(name or "", data.get("endpoint", ""))
        except forms.ValidationError as error:
            self.add_error("endpoint", error)
        return data


@admin.register(OrganizationSecret)
class CredentialPage(Page):
    """Which credentials are set, without their values."""

    form = CredentialForm
    list_display = ("org", "name", "endpoint", "updated_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "name")
    search_fields = ("org__name",)
    date_hierarchy = "updated_at"
    autocomplete_fields = ("org",)
    fields = ("org", "name", "value", "endpoint", "updated_at")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: OrganizationSecret | None = None
    ) -> tuple[str, ...]:
        """The organization and kind cannot change: the ciphertext is bound to them."""
        return ("org", "name", "updated_at") if obj else ("updated_at",)

    # A value that was just typed must not appear in an error report.
    @method_decorator(sensitive_post_parameters("value"))
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, its value kept out of error reports."""
        response: HttpResponse = super().changeform_view(*args, **kwargs)
        return response

    def save_model(
        self, request: HttpRequest, obj: OrganizationSecret, form: Any, _change: bool
    ) -> None:
        """Seal the value and write to the audit log."""
        store_secret(
            obj.org,
            name=obj.name,
            value=form.cleaned_data["value"],
            endpoint=form.cleaned_data["endpoint"],
            actor=operator(request),
        )
        obj.pk = OrganizationSecret.objects.only("pk").get(org=obj.org, name=obj.name).pk

    def delete_model(self, request: HttpRequest, obj: OrganizationSecret) -> None:
        """Delete the credential and write to the audit log."""
        clear_secret(obj.org, name=obj.name, actor=operator(request))
