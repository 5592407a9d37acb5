"""The attempt log: what became of each request at the voice webhook."""

from accounts.models import Organization
from usage.models import WebhookAttempt


def note_attempt(
    *, org: Organization | None, call_sid: str, outcome: str, reason: str = ""
) -> None:
    """Write a row for the client's eyes.

    outcome: `answered`, `declined` or `refused`; reason: a static name such as `no_slot`.
    `org` is None when the key was not known.
    """
    WebhookAttempt.objects.create(
        org=org, call_sid=call_sid[:64], outcome=outcome, reason=reason[:40]
    )
