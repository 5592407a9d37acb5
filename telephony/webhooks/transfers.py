"""A caller who is put through: the line is dialled, a person answers, and what follows.
Likewise a caller for whom no line is free, whom the organization has forwarded.

The carrier asks `after` when the agent's stream has ended, `person` and `key` while the person
decides, and `dialed` when the line is over. Whoever was not answered comes back to the agent: the
same call on a new stream, with a new ticket (`usage.transfers.records`).
"""

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Organization
from accounts.secrets.vault import SealedSecrets
from telephony.admission.preparation import prepare, prepared_calls
from telephony.carriers import registry
from telephony.carriers.base import Carrier
from telephony.carriers.transfers import Dialing, DialReport, PersonReport, Transfers
from telephony.process.capacity import capacity
from telephony.process.runtime import runtime_behind
from telephony.spoken.languages import phrases_for
from telephony.webhooks.callback_proof import ensure_carrier
from telephony.webhooks.callback_urls import Callback, callback_url, read_callback_token
from telephony.webhooks.connecting import connection_of
from telephony.webhooks.decorators import TRY_NEXT, answered, carrier_route, nowhere
from telephony.webhooks.late_reports import conclude
from telephony.webhooks.without_database import after_forward, line_before_wait
from usage.models import Transfer
from usage.quota.call_rules import number_to_show, rules_of
from usage.reads.calls import language_of
from usage.records.attempts import record_forward_failed
from usage.records.evidence import OF_APP
from usage.transfers import records
from voicex.errors import Declined, SignatureRefused
from voicex.web.lifecycle import lifecycle

log = structlog.get_logger(__name__)

RING_SECONDS: Final = 25  # some six rings; voice mail often begins after that
ACCEPT: Final = "1"


def begin(carrier: Carrier, call_id: int, *, is_caller_gone: bool) -> HttpResponse:
    """Dial the line of the transfer that the call is in; the same answer each time."""
    now = timezone.now()
    transfer = records.under_way(call_id)
    if transfer is None or carrier.transfers is None:
        return answered(carrier.hang_up())
    if is_caller_gone:
        records.conclude(transfer, Transfer.Result.ABANDONED, seconds=0, now=now)
        return answered(carrier.hang_up())
    call = transfer.call
    announced = callback_url(Callback.PERSON, call, row=transfer.pk)
    line = Dialing(
        address=transfer.address,
        digits=transfer.digits,
        caller_number=number_to_show(
            call.from_number,
            call.to_number,
            address=transfer.address,
            rules=lambda: rules_of(call.org),
            is_of_app=bool(call.carrier_report.get(OF_APP)),
        ),
        seconds=RING_SECONDS,
        after_url=callback_url(Callback.DIALED, call, row=transfer.pk),
        announce_url=announced if transfer.is_announced else "",
    )
    records.dialed(transfer)
    return answered(carrier.transfers.dial(line))


@carrier_route
def dialed(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """What the caller's call does now that the dialled line is over.

    404, and nothing written, when this process drains and another may have room for the caller.
    """
    if lifecycle.is_draining and TRY_NEXT in request.headers:
        return nowhere(request)
    asking, transfers = _transfers_of(carrier)
    report = line_before_wait(request, transfers.read_dialed(request))
    transfer = _transfer(Callback.DIALED, token, asking, request, report)
    result = conclude(request, transfer, report, now=timezone.now())
    if report.is_caller_gone or result in (Transfer.Result.ANSWERED, Transfer.Result.ABANDONED):
        return answered(asking.hang_up())
    return _back_to_the_agent(asking, request, transfer)


@carrier_route
def person(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """What a person hears who answers, before they are connected."""
    asking, transfers = _transfers_of(carrier)
    report = transfers.read_person(request)
    transfer = _transfer(Callback.PERSON, token, asking, request, report)
    if transfer.ended_at is not None:
        return answered(asking.hang_up())
    phrases = phrases_for(transfer.call.version.language)
    said = (
        phrases.announced.replace("{target}", transfer.target),
        transfer.briefing,
        phrases.press_to_take,
    )
    answer = transfers.announce(
        [sentence for sentence in said if sentence],
        language=phrases.carrier_language,
        key_url=callback_url(Callback.KEY, transfer.call, row=transfer.pk),
    )
    return answered(answer)


@carrier_route
def key(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """Whether the person takes the call, by the key that they pressed."""
    asking, transfers = _transfers_of(carrier)
    report = transfers.read_person(request)
    transfer = _transfer(Callback.KEY, token, asking, request, report)
    if report.key == ACCEPT and records.accept(transfer, now=timezone.now()):
        return answered(transfers.connect_person())
    return answered(asking.hang_up())


@carrier_route
def forwarded(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """What a caller hears, for whom no line was free, when the other number is done with them."""
    asking, transfers = _transfers_of(carrier)
    report = transfers.read_dialed(request)
    about = read_callback_token(Callback.FORWARDED, token, carrier=carrier, call_sid=report.call_id)
    org = Organization.objects.filter(pk=about.org).first()
    if org is None:  # deleted meanwhile
        raise SignatureRefused
    ensure_carrier(asking, request, report, org_id=org.public_id)
    if not (report.is_caller_gone or report.is_answered or report.is_silent):
        record_forward_failed(org, call_sid=report.call_id)
    return answered(after_forward(request, asking, report))


def _back_to_the_agent(carrier: Carrier, request: HttpRequest, transfer: Transfer) -> HttpResponse:
    """Open another stream of the call; in words where that cannot be."""
    try:
        if reason := capacity.no_room(expected=prepared_calls.expected()):
            raise Declined(reason)
        call = records.take_back(transfer, now=timezone.now())
    except Declined as declined:
        log.warning("call_not_taken_back", call_id=transfer.call_id, reason=declined.reason)
        records.give_up(transfer, now=timezone.now())
        phrases = phrases_for(language_of(transfer.call_id))
        said = carrier.say_and_hang_up(phrases.no_way_back, language=phrases.carrier_language)
        return answered(said)
    if call is None:
        return answered(carrier.hang_up())
    prepare(call, SealedSecrets(call.org), runtime_behind(request))
    return answered(carrier.connect(connection_of(call)))


def _transfers_of(carrier: str) -> tuple[Carrier, Transfers]:
    asking = registry.carrier(carrier)
    if asking.transfers is None:
        raise SignatureRefused  # it was given no such URL
    return asking, asking.transfers


def _transfer(
    kind: Callback,
    token: str,
    carrier: Carrier,
    request: HttpRequest,
    report: DialReport | PersonReport,
) -> Transfer:
    """The transfer that the URL was made for. Raises SignatureRefused."""
    row = read_callback_token(kind, token, carrier=carrier.name, call_sid=report.call_id).row
    rows = Transfer.objects.select_related("call__version", "call__org").defer(
        "call__version__prompt", "call__version__facts", "call__version__prepared"
    )
    transfer = rows.filter(pk=row).first()
    if transfer is None:  # deleted with its call
        raise SignatureRefused
    ensure_carrier(carrier, request, report, call_id=transfer.call_id)
    return transfer


VIEWS: Final[Mapping[Callback, Callable[..., HttpResponse]]] = {
    Callback.DIALED: dialed,
    Callback.PERSON: person,
    Callback.KEY: key,
    Callback.FORWARDED: forwarded,
}
