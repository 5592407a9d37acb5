"""Finds the sender of a carrier's request, for fair queueing. Reads no database, and admits nobody.

What a request proves by itself tells: a key that exists, or a URL that we signed for a call or an
organization. Both are of an organization: it can have any number of calls, and their URLs stay
good. Addresses tell nothing, as a carrier has few and who floods may have many: requests that
prove nothing are all of one sender, the first to be refused.
"""

import re
from typing import Any, Final, NamedTuple

from telephony.carriers import registry
from telephony.process.known_keys import known_keys
from telephony.webhooks.callback_urls import Callback, read_callback_token, read_status_query
from voicex.errors import SignatureRefused
from voicex.web.client_address import forwarded_address, limited_address


class Sender(NamedTuple):
    """A key of the fair queue: a sender, and a part of it; parts take turns within the sender's."""

    name: str
    part: str = ""


UNKNOWN: Final = Sender("unknown")
LONGEST_TOKEN: Final = 100
_KINDS: Final = frozenset(Callback)
# As our pages write them. In another spelling they are as good, and take turns with unknown ones.
_KEY: Final = re.compile(rb"(?:\A|&)api_key=(vx_[0-9a-f]{40})(?:&|\Z)")
_STATUS: Final = re.compile(rb"\Aorg=([0-9a-zA-Z]{1,40})&signature=([0-9a-zA-Z_-]{1,100})\Z")


def sender_of(scope: Any, body: bytes, *, address_header: bytes) -> Sender:
    """The same for requests that take turns together.

    scope: of ASGI, as it came. address_header: as in `voicex.web.guarded_http.Guard`. A few
    signatures at most, whatever the request is.
    """
    _, _, path = scope["path"].partition("/api/")
    carrier, _, rest = path.partition("/")
    kind, _, token = rest.rstrip("/").partition("/")
    if kind == "voice":
        return _by_key(scope, address_header)
    if kind == "status":
        return _by_status_url(scope["query_string"], carrier)
    return _by_token(kind, token, body, carrier)


def _by_key(scope: Any, address_header: bytes) -> Sender:
    key = _KEY.search(scope["query_string"])
    if key and (org_id := known_keys.owner_of(key[1].decode())):
        return Sender(f"org:{org_id}")
    if known_keys.has_been_read:
        return UNKNOWN
    # Every key is unknown to a process that has just begun.
    if address_header:
        return Sender(f"address:{forwarded_address(scope['headers'], address_header)}")
    client = scope.get("client")
    return Sender(f"address:{limited_address(client[0]) if client else ''}")


def _by_status_url(query: bytes, carrier: str) -> Sender:
    found = _STATUS.match(query)
    if found is None:
        return UNKNOWN
    org_id, given = (each.decode() for each in found.groups())
    try:
        return Sender(f"org:{read_status_query(carrier=carrier, org_id=org_id, given=given)}")
    except SignatureRefused:
        return UNKNOWN


def _by_token(kind: str, token: str, body: bytes, carrier: str) -> Sender:
    """kind: of a `Callback`. Callbacks of an organization do not wait for its webhooks, which
    any client with its URL can send; each call, transfer and caller in line is a part of its own.
    Those of the form before, without the organization, are of one sender together.
    """
    if kind not in _KINDS or not 0 < len(token) <= LONGEST_TOKEN:
        return UNKNOWN
    for call_id in registry.carrier(carrier).call_ids_in(body):
        try:
            about = read_callback_token(Callback(kind), token, carrier=carrier, call_sid=call_id)
        except SignatureRefused:
            continue
        of_call = kind in (Callback.AFTER, Callback.STREAM_STATUS)
        return Sender(f"callbacks:{about.org}", f"{'call' if of_call else kind}:{about.row}")
    return UNKNOWN
