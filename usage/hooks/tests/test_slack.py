"""Events as a line of text."""

import json

import pytest

from testing.scene import NOW
from usage.hooks import slack
from usage.hooks.record import body_of
from usage.models import HookDelivery

CALL = {"from": "+12025550100", "agent_name": "Reception", "test": False}
MESSAGE = {"name": "Ann", "number": "+12025550100", "text": "Call back", "urgent": False}
SAMPLES = {
    "call.started": CALL,
    "call.ended": CALL | {"duration_s": 125, "reason": "caller_hung_up"},
    "call.analysed": CALL | {"summary": "Wanted a cleaning.", "outcome": "answered"},
    "call.missed": CALL | {"reason": "engine_without_key", "detail": "openai"},
    "message.taken": CALL | {"message": MESSAGE},
    "usage.threshold": {"percent": 80, "minutes_used": 400, "minutes_limit": 500, "test": False},
}


@pytest.mark.parametrize("event", HookDelivery.Event.values)
def test_each_event_has_a_line(event):
    said = json.loads(slack.body_of(body_of(event, SAMPLES[event], now=NOW)))["text"]
    assert said.endswith((".", "Call back"))
    assert "%(" not in said
    assert "\n" not in said


def test_lines_say_what_matters():
    ended = slack.text_of("call.ended", SAMPLES["call.ended"])
    assert "+12025550100" in ended
    assert "2:05" in ended
    assert "OpenAI has no key" in slack.text_of("call.missed", SAMPLES["call.missed"])
    assert slack.text_of("webhook.test", {"test": True}) == "Test from Voicex. This webhook works."


def test_the_time_that_a_caller_was_promised_is_said():
    promised = MESSAGE | {"call_back_at": "2026-12-01T15:30:00Z"}
    said = slack.text_of("message.taken", CALL | {"message": promised})
    assert said.endswith("Call back on 2026-12-01 15:30 (UTC).")


def test_what_callers_say_mentions_nobody_and_is_no_link():
    hostile = MESSAGE | {"name": "<!channel>", "text": "<https://evil.example|Click> & <@U1>"}
    said = slack.text_of("message.taken", CALL | {"message": hostile})
    assert "<" not in said
    assert "&lt;!channel&gt;" in said


def test_slack_is_told_to_make_no_link_of_an_address_that_was_dictated():
    spoken = CALL | {"message": MESSAGE | {"text": "See https://evil.example"}}
    sent = json.loads(slack.body_of(body_of("message.taken", spoken, now=NOW)))
    assert (sent["parse"], sent["unfurl_links"], sent["unfurl_media"]) == ("none", False, False)


def test_a_withheld_number_an_urgent_message_and_a_test_are_said():
    said = slack.text_of(
        "message.taken",
        CALL | {"from": None, "test": True, "message": MESSAGE | {"name": "", "urgent": True}},
    )
    assert said.startswith("[test] Urgent message from an unknown number")


def test_a_line_has_an_end():
    long = CALL | {"message": MESSAGE | {"text": "x" * 10_000}}
    said = json.loads(slack.body_of(body_of("message.taken", long, now=NOW)))["text"]
    assert len(said) == slack.LONGEST
