"""The table of secrets for hosts that organizations name; `accounts.models` imports it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class HostSecret(models.Model):
    """A secret for one host, sealed together with it; never shown again, never sent elsewhere."""

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="host_secrets")
    name = models.CharField(max_length=40)
    # With its port where that is not https's own.
    host = models.CharField(max_length=200)
    ciphertext = models.TextField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("secret of tools")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "name"], name="one_host_secret_per_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.host}"
