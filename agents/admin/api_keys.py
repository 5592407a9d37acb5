"""API keys: issued, rotated, revoked, and their webhook URLs."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.admin.base import BY_ORG, operator
from accounts.keys.api_keys import ensure_room, issue_key, label_key, revoke_key, rotate_key
from accounts.models import ApiKey
from agents.admin.webhook_urls import Panel, ShowsWebhookUrls
from agents.models import Agent
from voicex.errors import KeyRefused

JUST_ISSUED = "admin_just_issued_key"  # the session's note: which key, never its text


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A key's label; of a new one the organization, too."""

    def clean(self) -> dict[str, Any] | None:
        """Refuses a key beyond those that an organization may have."""
        cleaned: dict[str, Any] | None = super().clean()
        org = self.cleaned_data.get("org")
        if self.instance.pk is None and org is not None:
            ensure_room(org)
        return cleaned


@admin.register(ApiKey)
class ApiKeyPage(ShowsWebhookUrls):
    """Webhook keys. One is revoked rather than deleted: the calls it opened name it."""

    form = ApiKeyForm
    list_display = ("__str__", "label", "org", "state", "created_at", "last_used_at")
    list_select_related = ("org",)
    list_filter = (
        BY_ORG,
        ("revoked_at", admin.EmptyFieldListFilter),
        ("expires_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("label", "prefix", "org__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    autocomplete_fields = ("org",)
    fields = (
        "org",
        "label",
        "state",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    add_fieldsets = ((None, {"fields": ("org", "label")}),)
    actions = ("revoke_selected",)
    actions_submit_line = ("rotate", "revoke")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: ApiKey | None = None
    ) -> tuple[str, ...]:
        """Only the label of an issued key changes."""
        return tuple(name for name in self.fields if name != "label") if obj else ()

    def has_delete_permission(self, _request: HttpRequest, _obj: ApiKey | None = None) -> bool:
        """Never."""
        return False

    @admin.display(description=_("State"))
    def state(self, key: ApiKey) -> str:
        """In a word: in use, expiring, expired or revoked."""
        if key.revoked_at:
            return str(_("revoked"))
        if not key.is_usable(timezone.now()):
            return str(_("expired"))
        return str(_("expiring")) if key.expires_at else str(_("in use"))

    def webhook_key(self, obj: ApiKey) -> ApiKey | None:
        """This key, while it opens calls."""
        return obj if obj.is_usable(timezone.now()) else None

    def webhook_agents(self, obj: ApiKey) -> Iterable[Agent | None]:
        """The plain URL, then that of each active agent of the organization."""
        return [None, *Agent.objects.filter(org=obj.org_id, is_active=True)]

    def panel(self, request: HttpRequest, obj: ApiKey, *, may_reveal: bool) -> Panel:
        """The panel; a key that was just issued is shown once, whatever the log-in's age."""
        is_new = request.session.pop(JUST_ISSUED, None) == obj.pk
        panel = super().panel(request, obj, may_reveal=may_reveal or is_new)
        if is_new:
            for label, url in panel.urls:
                # Added to the response in progress, so it is never stored in a cookie.
                messages.success(request, f"{label}: {url}")
        return panel

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Issue a key, or change a label and do what the pressed button says."""
        if not change:
            key, _text = issue_key(obj.org, label=obj.label, actor=operator(request))
            obj.pk, obj.prefix = key.pk, key.prefix
            request.session[JUST_ISSUED] = key.pk
            return
        buttons = self.get_actions_submit_line(request, obj.pk)
        label_key(obj.org, key=obj, label=obj.label, actor=operator(request))
        for button in buttons:
            if button.action_name in request.POST:
                button.method(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The new key's own page, which shows its URLs."""
        return self._to_page(obj.pk)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        """After a rotation the new key's page, else as usual."""
        if JUST_ISSUED in request.session:
            return self._to_page(request.session[JUST_ISSUED])
        response: HttpResponse = super().response_change(request, obj)
        return response

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that make sense for the key as it is."""
        key = ApiKey.objects.filter(pk=object_id).first()
        if key is None or not key.is_usable(timezone.now()):
            return []
        buttons: list[Any] = super().get_actions_submit_line(request, object_id)
        return [button for button in buttons if not key.expires_at or button.path != "rotate"]

    @action(description=_("Rotate (this key works for one more week)"))  # type: ignore[untyped-decorator]
    def rotate(self, request: HttpRequest, obj: ApiKey) -> None:
        """Put a new key in the place of this one."""
        try:
            key, _text = rotate_key(obj.org, key=obj, actor=operator(request))
        except KeyRefused as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            request.session[JUST_ISSUED] = key.pk

    @action(description=_("Revoke (refused from the next call)"))  # type: ignore[untyped-decorator]
    def revoke(self, request: HttpRequest, obj: ApiKey) -> None:
        """Refuse this key from now on."""
        revoke_key(obj.org, key=obj, actor=operator(request))
        messages.warning(request, _("%(key)s was revoked") % {"key": obj})

    @admin.action(description=_("Revoke selected keys"), permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: Any) -> None:
        """Refuse each of the selected keys from now on."""
        for key in queryset.select_related("org"):
            revoke_key(key.org, key=key, actor=operator(request))
        messages.warning(request, _("The selected keys were revoked"))

    def _to_page(self, key_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounts_apikey_change", args=[key_id]))
