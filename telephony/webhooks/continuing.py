"""A live call continues on another stream, which any process may carry.

What asks for it is the carrier, once a stream is over that ended without the caller and without a
goodbye: its process was killed, or ended it so that another one continues.
"""

import structlog
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.utils import timezone

from telephony.calls import live_hub
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier
from telephony.process.runtime import runtime_behind
from telephony.webhooks.connecting import connection_of
from telephony.webhooks.without_database import asked_at
from usage.records.calls import LOST_CALL
from usage.takeover.takeovers import NextStream, Refusal, take_over

log = structlog.get_logger(__name__)


def resume_in_new_stream(
    request: HttpRequest, asking: Carrier, call_id: int, *, generation: int
) -> Answer | None:
    """What the carrier does so that the call continues on another stream; None: it cannot.

    generation: of the stream that is over, lost or left (`usage.takeover.states.leave`). The same
    question gets the same answer.
    """
    lost_at = asked_at(request)
    found = take_over(call_id, generation=generation, now=timezone.now(), lost_at=lost_at)
    match found:
        case NextStream(call, issued_at):
            _end_former(request, call_id, generation=call.generation)
            return asking.connect(connection_of(call, issued_at=issued_at))
        case Refusal.REPLACED:  # the question came twice, and very late
            return asking.hang_up()
    if found is not Refusal.OVER:
        log.warning("call_not_continued", call_id=call_id, reason=found)
    return None


def _end_former(request: HttpRequest, call_id: int, *, generation: int) -> None:
    """Have the process leave the call that carried its last stream, should it be alive."""
    runtime = runtime_behind(request)
    if runtime is not None:
        runtime.end_call(call_id, LOST_CALL, before=generation)
    else:
        async_to_sync(live_hub.order_end)(call_id, LOST_CALL, before=generation)
