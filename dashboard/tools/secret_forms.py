"""The form of a secret that tools send."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from accounts.secrets import host_secrets
from agents.http_tools import limits
from dashboard.agents.forms import ServiceErrors


class SecretForm(ServiceErrors):
    """A secret, and the one host that it is sent to."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=limits.NAME,
        help_text=gettext_lazy("For example shop_key. Tools refer to it as {secret.shop_key}."),
    )
    host = forms.CharField(
        label=gettext_lazy("Host"),
        max_length=200,
        help_text=gettext_lazy("For example api.example.com. The secret is never sent elsewhere."),
    )
    # Called a secret because what is typed into such a field is not kept in a session when the
    # log-in interrupts (`accounts.form_recovery`).
    secret_value = forms.CharField(
        label=gettext_lazy("Secret"),
        max_length=host_secrets.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Encrypted and never shown again."),
    )
    may_replace = forms.BooleanField(
        label=gettext_lazy("Replace the secret that has this name"),
        required=False,
        help_text=gettext_lazy("Tools and calls in progress use the new one at once."),
    )

    def add_service_errors(self, error: ValidationError) -> None:
        """As `ServiceErrors`; the service calls the secret a value."""
        problems = error.update_error_dict({})
        if "value" in problems:
            problems["secret_value"] = problems.pop("value")
        super().add_service_errors(ValidationError(problems))
