"""What carriers say of transfers while the database is away, written down when it is back.

They say it once. The request is kept with it: whether the carrier has signed it is found out with a
secret that is in the database, too. What a process keeps is lost with it; the sweeper then ends the
call.
"""

from collections.abc import Callable, Hashable, MutableMapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from accounts.login.sessions import address_of
from telephony.carriers.base import Carrier, Report
from telephony.carriers.transfers import DialReport, DialStatus, PersonReport
from telephony.process.runtime import runtime_behind
from telephony.process.write_queue import Among
from telephony.webhooks.callback_proof import ensure_carrier
from usage.models import Call, Transfer
from usage.transfers import records
from voicex.errors import SignatureRefused
from voicex.web.client_address import limited_address

# Of a request's ASGI scope: what is to be written down when its words are the answer.
KEPT: Final = "voicex.kept_report"
SENDERS: Final = 8  # of whom something is kept about the same
# A line rings for 25 s (`telephony.webhooks.transfers.RING_SECONDS`); a carrier waits for up to
# 15 s for an answer of ours, and twice.
RUNG_FOR: Final = timedelta(seconds=75)


def write_down(scope: MutableMapping[str, Any]) -> None:
    """The words are the carrier's answer: have written down what was kept of the request.

    Not before: where the database broke off the request may be tried once more, and answered.
    """
    kept = scope.pop(KEPT, None)
    if kept is not None:
        kept()


def result_of(transfer: Transfer, report: DialReport, *, now: datetime) -> Transfer.Result:
    """Who answers but is never connected has declined: by a key, or without one."""
    was_connected = report.was_connected
    if was_connected is None and report.is_silent:
        was_connected = _has_talked(transfer, now=now)
    if was_connected is None and report.status is DialStatus.ANSWERED:
        was_connected = not transfer.is_announced or transfer.accepted_at is not None
    if was_connected:
        return Transfer.Result.ANSWERED
    if report.is_caller_gone:
        return Transfer.Result.ABANDONED
    if report.status is DialStatus.ANSWERED:
        return Transfer.Result.DECLINED
    return Transfer.Result(report.status)


def conclude(
    request: HttpRequest, transfer: Transfer, report: DialReport, *, now: datetime
) -> Transfer.Result:
    """Record what became of a dialled line, and tell pages that follow the call."""
    result = records.conclude(
        transfer, result_of(transfer, report, now=now), seconds=report.seconds, now=now
    )
    _announce(request, transfer.call.org.public_id, transfer.call_id)
    return result


def _has_talked(transfer: Transfer, *, now: datetime) -> bool:
    """Whether caller and person were connected, of whom nothing is reported: by the person's key,
    or, where none is asked for, as a line that nobody answers is over long before.
    """
    if transfer.is_announced:
        return transfer.accepted_at is not None
    return now - transfer.began_at > RUNG_FOR


def nobody_is_dialled(
    request: HttpRequest, carrier: Carrier, report: Report, call_id: int, *, is_caller_gone: bool
) -> None:
    """Keep that the call ends, should it be one that is being put through."""
    job = partial(_drop, carrier, request, report, call_id, is_caller_gone=is_caller_gone)
    _keep(carrier, request, ("nobody-is-dialled", call_id), job)


def line_is_over(
    request: HttpRequest, carrier: Carrier, report: DialReport, transfer_id: int, *, ends: bool
) -> None:
    """Keep what became of a dialled line. ends: the call does with it, whatever that was."""
    job = partial(_conclude, carrier, request, report, transfer_id, ends=ends)
    _keep(carrier, request, ("line-is-over", transfer_id), job)


def line_is_taken(
    request: HttpRequest, carrier: Carrier, report: PersonReport, transfer_id: int
) -> None:
    """Keep that the person has taken the call."""
    job = partial(_accept, carrier, request, report, transfer_id)
    _keep(carrier, request, ("line-is-taken", transfer_id), job)


def _keep(
    carrier: Carrier, request: HttpRequest, about: Hashable, job: Callable[..., None]
) -> None:
    """about: few are kept of each, so that requests that come again do not fill the queue.

    It is the newest of each sender. Signatures are checked when they are written, and the first
    that is proven counts: a client that knows the URL, and posts to it while the database is away,
    takes no place of what carries a signature unless its own requests carry some, made up, from
    SENDERS addresses or through a tunnel.
    """
    runtime = runtime_behind(request)
    if runtime is None:
        return
    signature = carrier.signature_in(request)
    among = Among(about, SENDERS, gives_way=not signature)
    sender = limited_address(address_of(request) or "")
    # Behind a tunnel all have one address.
    proof = bool(signature) if sender else sha256(signature.encode()).digest()
    scope: MutableMapping[str, Any] = getattr(request, "scope", {})
    scope[KEPT] = partial(
        runtime.recorder.submit_among, among, (about, sender, proof), job, now=timezone.now()
    )


def _drop(
    carrier: Carrier,
    request: HttpRequest,
    report: Report,
    call_id: int,
    *,
    is_caller_gone: bool,
    now: datetime,
) -> None:
    if _is_proven(carrier, request, report, call_id):
        records.drop(call_id, is_caller_gone=is_caller_gone, now=now)
        for org_id in Call.objects.filter(pk=call_id).values_list("org__public_id", flat=True):
            _announce(request, org_id, call_id)


def _conclude(
    carrier: Carrier,
    request: HttpRequest,
    report: DialReport,
    transfer_id: int,
    *,
    ends: bool,
    now: datetime,
) -> None:
    transfer = Transfer.objects.select_related("call__org").filter(pk=transfer_id).first()
    if transfer is None or not _is_proven(carrier, request, report, transfer.call_id):
        return
    conclude(request, transfer, report, now=now)
    if ends:
        records.give_up(transfer, now=now)


def _accept(
    carrier: Carrier, request: HttpRequest, report: PersonReport, transfer_id: int, *, now: datetime
) -> None:
    transfer = Transfer.objects.filter(pk=transfer_id).first()
    if transfer is not None and _is_proven(carrier, request, report, transfer.call_id):
        records.accept(transfer, now=now)


def _announce(request: HttpRequest, org_id: str, call_id: int) -> None:
    """org_id: public."""
    if runtime := runtime_behind(request):
        runtime.live.announce(org_id, call_id)


def _is_proven(
    carrier: Carrier,
    request: HttpRequest,
    report: Report | DialReport | PersonReport,
    call_id: int,
) -> bool:
    """Whether the carrier has signed it, where it has to; refusals are logged."""
    try:
        ensure_carrier(carrier, request, report, call_id=call_id)
    except SignatureRefused:
        return False
    return True
