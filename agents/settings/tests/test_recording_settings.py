"""Recording: off by default, and never without a sentence that callers hear."""

import pytest
from django.core.exceptions import ValidationError

from agents.settings.config import Recording, RecordingMode
from agents.settings.validation import problems_in
from agents.versions.publishing import create_agent, publish

SENTENCE = "This call is recorded."


def test_calls_are_not_recorded_unless_the_agent_says_so(cast):
    agent = create_agent(cast.acorn, name="Front desk")
    assert agent.published.config().recording == Recording(mode=RecordingMode.OFF)


def test_how_a_call_is_recorded_reaches_the_call(cast):
    agent = create_agent(cast.acorn, name="Front desk")
    asks = {"mode": "key", "sentence": "Press 5 if we may record this call.", "key": "5"}
    config = publish(agent, settings={"recording": asks}).config()
    assert config.recording == Recording(RecordingMode.KEY, asks["sentence"], key="5", word="yes")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ([], ""),
        ({"format": "wav"}, ""),
        ({"mode": "secretly"}, "mode"),
        ({"mode": 1}, "mode"),
        ({"mode": "announced"}, "sentence"),
        ({"mode": "word", "sentence": "   "}, "sentence"),
        ({"mode": "announced", "sentence": "a" * 501}, "sentence"),
        ({"mode": "key", "sentence": SENTENCE, "key": "12"}, "key"),
        ({"mode": "key", "sentence": SENTENCE, "key": ""}, "key"),
        ({"mode": "key", "sentence": SENTENCE, "key": "a"}, "key"),
        ({"mode": "word", "sentence": SENTENCE, "word": ""}, "word"),
        ({"mode": "word", "sentence": SENTENCE, "word": "Yes "}, "word"),
        ({"mode": "word", "sentence": SENTENCE, "word": "y" * 31}, "word"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(values, field):
    assert list(problems_in("recording", values)) == [field]


@pytest.mark.parametrize("mode", ["announced", "key", "word"])
def test_each_way_to_record_is_right_with_a_sentence(mode):
    assert problems_in("recording", {"mode": mode, "sentence": SENTENCE}) == {}


def test_a_version_that_would_record_in_secret_is_not_published(cast):
    agent = create_agent(cast.acorn, name="Front desk")
    with pytest.raises(ValidationError) as refused:
        publish(agent, settings={"recording": {"mode": "announced"}})
    assert refused.value.message_dict["settings"] == [
        "recording.sentence: Add the announcement callers will hear."
    ]
