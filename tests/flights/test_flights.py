"""Recorded calls are decided as they were; see CONTRIBUTING for when that may change."""

from pathlib import Path
from typing import get_args

import pytest

from telephony.session.commands import Command, Feed
from telephony.session.events import Event
from testing.scene import Scene
from tests.flights import flight
from tests.flights.__main__ import main
from tests.flights.flight import RECORDED, difference, read
from tests.flights.sources import SOURCES

FLIGHTS = sorted(RECORDED.glob("*.txt"))
RENEW = "If that is meant: python -m tests.flights --renew"


@pytest.mark.parametrize("path", FLIGHTS, ids=lambda path: path.stem)
def test_a_recorded_call_is_decided_as_it_was(path: Path):
    found = difference(path)
    assert not found, f"The core decides otherwise than it did.\n{found}\n{RENEW} {path.stem}"


def test_each_kind_of_event_and_of_decision_is_in_a_flight():
    came = {row[1] for path in FLIGHTS for leg in read(path).legs for row in leg}
    assert {each.__name__ for each in get_args(Event)} == came
    lines = [line for path in FLIGHTS for line in path.read_text().splitlines()]
    decided = {line.split()[0] for line in lines if line.startswith("    ") and line[4] != " "}
    assert {each.__name__ for each in get_args(Command) if each is not Feed} <= decided


def test_what_is_recorded_by_itself_is_there():
    assert set(SOURCES) <= {path.stem for path in FLIGHTS}


@pytest.mark.django_db
def test_a_call_of_a_person_is_not_kept(scene: Scene, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(flight, "RECORDED", tmp_path)
    call = scene.rings()
    with pytest.raises(SystemExit, match="no call of the simulated phone"):
        main(["--keep", call.carrier_call_id, "kept", "A call."])
    assert not list(tmp_path.iterdir())
