"""Verifies the carrier's signature of callbacks, if the organization has stored an auth token.

The signed URL only proves that we created it, and clients may know it: the one that placed the
call, or members who see a number's status URL. Carriers sign callbacks like webhooks.
"""

from typing import Final

import structlog
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Organization, OrganizationSecret
from accounts.secrets.vault import SealedSecrets
from telephony.admission.webhook_keys import Allowance
from telephony.carriers.base import Carrier, Report
from telephony.carriers.registry import auth_tokens
from telephony.carriers.transfers import DialReport, PersonReport
from usage.records.attempts import attempt_log
from voicex.errors import SignatureRefused
from voicex.reasons.attempts import AttemptReason, Outcome

log = structlog.get_logger(__name__)

_allowance: Final = Allowance()


def ensure_carrier(
    carrier: Carrier,
    request: HttpRequest,
    report: Report | DialReport | PersonReport,
    *,
    call_id: int | None = None,
    org_id: str = "",
) -> bool:
    """Verify a callback's signature; False if there is no token to verify it with.

    report: what was read from `request`. call_id or org_id (public): whose callback it is. One
    query. Raises SignatureRefused, and then the organization finds a row in its attempt log.
    """
    whose = {"org__public_id": org_id} if call_id is None else {"org__calls": call_id}
    rows = OrganizationSecret.objects.filter(name__in=carrier.token_names, **whose)
    found = list(rows.select_related("org"))
    if not found:
        return False
    org = found[0].org
    stored = [(row.name, row.ciphertext, row.endpoint) for row in found]
    tokens = auth_tokens(SealedSecrets(org, stored), carrier=carrier)
    if not carrier.is_signed(request, tokens=tokens):
        is_by_rule = carrier.is_signed_otherwise(request)
        _record_refusal(org, report.call_id, is_by_rule=is_by_rule)
        raise SignatureRefused(reason=AttemptReason.BAD_CALLBACK)
    return True


def _record_refusal(org: Organization, call_sid: str, *, is_by_rule: bool) -> None:
    log.warning("callback_signature_refused", org=org.public_id, is_by_rule=is_by_rule)
    if _allowance.takes(org.public_id, now=timezone.now()):
        attempt_log.record(
            org=org,
            call_sid=call_sid,
            outcome=Outcome.REFUSED,
            reason=AttemptReason.BAD_CALLBACK,
        )
