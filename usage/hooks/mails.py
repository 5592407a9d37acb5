"""E-mails to an organization's owners: an outgoing webhook is switched off, and why."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.names import quoted
from usage.hooks.outcomes import TELL
from usage.models import HookEndpoint
from usage.outbox.mail import process_mails, send_all


def send_waiting(*, hint: int = 0, now: datetime) -> None:
    """Send the mails that are due, and that of `hint`; what fails is tried again later.

    hint: an endpoint's primary key, 0 for none.
    """
    process_mails(TELL, send, hint=hint, now=now)


def send(endpoint_id: int) -> None:
    """Mail the owners, unless it is on again by now. Raises as `usage.outbox.mail`."""
    endpoint = HookEndpoint.objects.select_related("org").get(pk=endpoint_id)
    if endpoint.state == HookEndpoint.State.OFF:
        send_all(_messages(endpoint), kind="webhook_off")


def _messages(endpoint: HookEndpoint) -> list[EmailMessage]:
    """A message to each owner, by themselves."""
    org = endpoint.org
    owners = User.objects.filter(
        memberships__org=org, memberships__role=Membership.Role.OWNER, is_active=True
    )
    subject = _("%(org)s: a webhook was switched off") % {"org": quoted(org.name)}
    path = reverse("dashboard:hook", args=[org.public_id, endpoint.public_id])
    values = {
        "org": quoted(org.name),
        # The address is no link in a mail: it is the client's own text.
        "address": quoted(endpoint.label) if endpoint.label else endpoint.public_id,
        "reason": endpoint.get_off_reason_display(),
        "url": settings.TWILIO_APP_URL + path,
    }
    text = render_to_string("usage/mail/webhook_off.txt", values)
    return [EmailMessage(subject, text, None, [owner.email]) for owner in owners]
