"""A database of a former release is brought forward, and everything in it works as before.

`manage.py migrate` runs on dumps of that release, then the service answers on its old keys.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome
from testing.services.servers import PostgreSQL, missing
from testing.services.service import Service, running

pytestmark = [pytest.mark.services, pytest.mark.models]

DUMPS: Final = Path(__file__).parent / "former_release"
TOKEN: Final = "4a" * 16  # of the second organization's Twilio account
SIGNED_IN: Final = """
from django.contrib.auth import authenticate
found = [authenticate(request=None, username=name, password=word) for name, word in {logins!r}]
print(len([user for user in found if user is not None]))
"""


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param(
            "postgresql",
            marks=pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
        ),
    ],
)
def former(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, dict[str, Any]]]:
    """The service on the former database, and what is in that."""
    kind: str = request.param
    dump = (DUMPS / f"{kind}.sql").read_text()
    with served(kind, dump, tmp_path_factory.mktemp(kind)) as service:
        yield service, json.loads((DUMPS / f"{kind}.json").read_text())


@contextmanager
def served(kind: str, dump: str, directory: Path) -> Iterator[Service]:
    if kind == "sqlite":
        with closing(sqlite3.connect(directory / "voicex.sqlite3")) as connection:
            connection.executescript(dump)
        with running(directory, engines="scripted") as service:
            yield service
        return
    with PostgreSQL() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(dump.encode())
        with running(directory, engines="scripted", DATABASE_URL=server.url) as service:
            yield service


def call(service: Service, key: str, **plan: Any) -> CallResult:
    webhook = f"{service.origin}/api/twilio/voice?api_key={key}"
    plan = {"manner": CallerBehaviour(think_ms=500)} | plan
    return asyncio.run(place_call(CallPlan(webhook=webhook, **plan)))


def charged(report: dict[str, Any]) -> list[list[Any]]:
    """Component, quantity and amount of each line of the ledger."""
    return [
        [line["component"], line["quantity"], line["amount_micros"]] for line in report["ledger"]
    ]


def test_calls_have_their_words_and_their_ledger(former):
    service, kept = former
    for before in kept["calls"]:
        now = service.report(before["call_sid"])
        assert [[turn["role"], turn["text"]] for turn in now["turns"]] == before["turns"]
        assert charged(now) == before["ledger"]


def test_a_webhook_url_of_then_answers_a_call_which_is_charged_alike(former):
    service, kept = former
    result = call(service, kept["keys"][0], digits="12#")
    assert result.ok, result.errors
    before = {line[0]: line[1:] for line in kept["calls"][1]["ledger"]}
    now = {line[0]: line[1:] for line in charged(service.report(result.call_sid))}
    assert now.keys() == before.keys()
    assert now["telephony"] == before["telephony"]


def test_a_stored_token_is_opened_and_asks_for_signatures(former):
    service, kept = former
    assert call(service, kept["keys"][1], auth_token=TOKEN).outcome is Outcome.CONNECTED
    assert call(service, kept["keys"][1]).outcome is Outcome.REFUSED


def test_people_sign_in_with_their_passwords(former):
    service, kept = former
    logins = [tuple(each) for each in kept["logins"]]
    assert service.shell(SIGNED_IN.format(logins=logins)).strip() == str(len(logins))
