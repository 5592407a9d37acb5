"""A whole call whose recogniser and model write what no database and no encoder takes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan
from telephony.simulator.sound.voices import spoken
from testing.services.process import running as running_fake
from testing.services.service import Service, running

pytestmark = pytest.mark.models

# As JSON escapes on the wire, where they are allowed.
HEARD = "Hello, could you please tell me when\0 you \ud83d open on a weekday in the morning"
REPLY = "We open at nine\0 on weekdays \ude0a. Come \ud83d in."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with (
        running_fake("openai_server", transcripts=[HEARD] * 9, replies=[REPLY] * 9) as url,
        running(
            tmp_path_factory.mktemp("odd"),
            engines="openai",
            OPENAI_BASE_URL=url,
            OPENAI_API_KEY="sk-x",
        ) as made,
    ):
        yield made


def test_it_ends_with_all_its_turns_and_its_bill(service, tmp_path: Path):
    made = service.bootstrap("openai")
    question = asyncio.run(spoken("Hello, when do you open?", cache_dir=tmp_path))
    plan = CallPlan(webhook=made["webhook_url"], utterances=(question,))
    kept = service.report(asyncio.run(place_call(plan)).call_sid)
    said = [(turn["role"], turn["text"]) for turn in kept["turns"]]
    assert "Hello, could you please tell me when you open on a weekday in the morning" in [
        text for role, text in said if role == "caller"
    ]
    assert [text for role, text in said if role == "agent"][-1].startswith("We open at nine on")
    assert all("\0" not in text and text.encode() for _role, text in said)
    assert {line["component"] for line in kept["ledger"]} >= {"stt", "llm_in", "llm_out", "tts"}
    assert "record_failed" not in service.log.read_text()
