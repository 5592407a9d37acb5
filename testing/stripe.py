"""A Stripe on loopback that takes meter events, and errs as the real one does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from testing.webhook_receiver import Connection, Received, receiving


@dataclass
class FakeStripe:
    """Its customers, what it has counted, and how it errs.

    events: form fields by identifier. errors: answers to the next requests, first one first: a
    status; a negative one is given once the event was counted, as if its answer had been lost.
    """

    url: str = ""
    key: str = "sk_test_not_a_real_key"
    customers: set[str] = field(default_factory=lambda: {"cus_Acorn1"})
    events: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: list[int] = field(default_factory=list)
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def total(self, customer: str) -> int:
        """What its meter says of a customer."""
        fields = [each for each in self.events.values() if _customer(each) == customer]
        return sum(int(each["payload[value]"]) for each in fields)

    def answer(self, connection: Connection, received: Received) -> None:
        """One request, as `Receiver.answer`."""
        with self._lock:
            self.requests += 1
            status, body = self._status_of(received)
        connection.says(status, json.dumps(body).encode(), Content_Type="application/json")

    def _status_of(self, received: Received) -> tuple[int, dict[str, Any]]:
        error = self.errors.pop(0) if self.errors else 0
        if error > 0:
            return error, _error("api_error", "rate_limit" if error == 429 else "", "Try again.")
        if received.headers["Authorization"] != f"Bearer {self.key}":
            return 401, _error("invalid_request_error", "", "Invalid API Key provided")
        if received.path != "/v1/billing/meter_events":
            return 404, _error("invalid_request_error", "", "Unrecognized request URL")
        fields = dict(parse_qsl(received.body.decode(), strict_parsing=True))
        if _customer(fields) not in self.customers:
            said = f"No such customer: '{_customer(fields)}'"
            return 400, _error("invalid_request_error", "resource_missing", said)
        identifier = fields["identifier"]
        if identifier in self.events:
            said = f"An event already exists with identifier {identifier}."
            return 400, _error("invalid_request_error", "duplicate_meter_event", said)
        self.events[identifier] = fields
        if error < 0:
            return -error, _error("api_error", "", "Something went wrong.")
        return 200, {"object": "billing.meter_event", "identifier": identifier}


@contextmanager
def a_stripe() -> Iterator[FakeStripe]:
    """One that listens while the block runs."""
    with receiving() as receiver:
        stripe = FakeStripe(url=receiver.url.removesuffix("/hook"))
        receiver.answer = stripe.answer
        yield stripe


def _customer(fields: dict[str, str]) -> str:
    return fields["payload[stripe_customer_id]"]


def _error(kind: str, code: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": message}}
