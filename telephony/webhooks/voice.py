"""The voice webhook: what a carrier asks first when a number is called."""

from datetime import datetime
from functools import partial

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from telephony.admission import overflow
from telephony.admission.decision import ALL_BUSY, Webhook, admit, record_attempt
from telephony.admission.webhook_keys import key_of
from telephony.carriers import registry
from telephony.carriers.answers import Answer
from telephony.process.known_keys import known_keys
from telephony.process.runtime import runtime_behind
from telephony.webhooks.connecting import connection_of
from telephony.webhooks.decorators import TRY_NEXT, answered, carrier_route, nowhere
from telephony.webhooks.waiting import first_answer, url_after_forward
from telephony.webhooks.without_database import is_given_up, once_more
from usage.billing import settlement
from usage.quota.call_rules import rules_of
from voicex.errors import Declined
from voicex.reasons.attempts import Outcome
from voicex.reasons.ends import EndReason
from voicex.web.lifecycle import lifecycle

log = structlog.get_logger(__name__)


@carrier_route
def voice(request: HttpRequest, *, carrier: str) -> HttpResponse:
    """An answer that connects the call to its agent, or says why it cannot be.

    404, and nothing recorded, when this process drains and another may have room.
    """
    if lifecycle.is_draining and TRY_NEXT in request.headers:
        return nowhere(request)
    now = timezone.now()
    asking = registry.carrier(carrier)
    webhook = Webhook(
        # First, so that a stranger learns of nothing but the key.
        key=key_of(
            request.api_key,  # type: ignore[attr-defined]  # set by HideApiKey
            carrier=carrier,
            call_sid=asking.claimed_call_id(request),
            now=now,
        ),
        agent_id=request.GET.get("agent_id", ""),
        carrier=asking,
        incoming=asking.read_call(request),
        query=request.GET.dict(),
        is_signed=partial(asking.is_signed, request),
    )
    incoming = webhook.incoming
    if incoming.is_over:  # our URL was set for changes of status, too
        log.info("call_over_at_webhook", org=webhook.key.org.public_id)
        return answered(asking.hang_up())
    if incoming.failed_url and (answer := once_more(request, asking, incoming)):
        log.warning("callback_asked_again", org=webhook.key.org.public_id)
        return answered(answer)
    try:
        call = admit(webhook, now=now, runtime=runtime_behind(request))
    except Declined as decline:
        return answered(_unanswered(decline, webhook, now=now))
    if is_given_up(request) and call.opened_at == now:  # its caller was told to call again
        settlement.finalize(call.pk, reason=EndReason.NO_STREAM, now=now)
    known_keys.learn(webhook.key, agent_id=webhook.agent_id, language=call.version.language)
    return answered(asking.connect(connection_of(call)))


def _unanswered(declined: Declined, webhook: Webhook, *, now: datetime) -> Answer:
    """What a caller gets whom no agent takes now. One read where all lines are in use."""
    org, incoming, carrier = webhook.key.org, webhook.incoming, webhook.carrier
    forwarded = url_after_forward(org, carrier, incoming)
    if declined.reason not in ALL_BUSY:
        return overflow.decline(
            declined, org=org, carrier=carrier, incoming=incoming, forwarded_url=forwarded
        )
    rules = rules_of(org)
    place = overflow.join_line(
        declined,
        webhook.key,
        rules,
        agent_id=webhook.agent_id,
        query=webhook.query,
        carrier=carrier,
        incoming=incoming,
        now=now,
    )
    if place is not None:
        return first_answer(carrier, place, rules)
    record_attempt(org, incoming, Outcome.DECLINED, declined.reason)
    return overflow.decline(
        declined, org=org, carrier=carrier, incoming=incoming, rules=rules, forwarded_url=forwarded
    )
