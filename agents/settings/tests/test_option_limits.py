"""Engine settings have bounds, wherever they come from: a file is a member's own words."""

import json

import pytest
from django.core.exceptions import ValidationError

from agents.models import Agent
from agents.settings.limits import OPTION_COUNT, OPTION_ITEMS, OPTION_TEXT
from agents.settings.option_limits import problems
from agents.versions.duplicate import import_agent


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"local.speed": 1.1, "google.speaking_rate": 1, "google.streaming": True},
        {"openai.tts_sample_rate": 24_000, "openai.tts_instructions": "Speak slowly."},
        {"scripted.replies": ["Hello."] * OPTION_ITEMS, "scripted.fail": {"stt": 2, "tts": [1, 3]}},
    ],
)
def test_what_engines_take_is_within_bounds(values):
    assert problems(values) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({f"a.b_{number}": 1 for number in range(OPTION_COUNT + 1)}, "At most 50"),
        ({"scripted.ms_per_character": 1e9}, "must be between 0 and 1000"),
        ({"openai.tts_sample_rate": 1_000_003}, "must be one of 8000"),
        ({"openai.tts_sample_rate": [24_000]}, "must be one of 8000"),
        ({"local.speed": float("inf")}, "must be between"),
        ({"local.speed": float("nan")}, "must be between"),
        ({"local.speed": -1}, "must be between"),
        ({"openai.tts_instructions": "a" * (OPTION_TEXT + 1)}, "too long"),
        ({"scripted.replies": ["a"] * (OPTION_ITEMS + 1)}, "too long"),
        ({"scripted.replies": [[[["deep"]]]]}, "too long"),
        ({"scripted.fail": {"stt": 10**30}}, "too long"),
        ({"openai.llm_model": None}, "of the wrong type"),
    ],
)
def test_what_could_exhaust_a_process_is_refused(values, words):
    (problem,) = problems(values)
    assert words in problem


def test_a_file_with_such_a_setting_makes_no_agent(cast):
    content = {
        "format": "voicex-agent",
        "format_version": 1,
        "name": "Desk",
        "engines": {"tts": "scripted"},
        "engine_settings": {"scripted.ms_per_character": 1e9},
    }
    with pytest.raises(ValidationError) as refused:
        import_agent(cast.acorn, content=json.dumps(content).encode(), actor=cast.bob)
    assert list(refused.value.message_dict) == ["settings"]
    assert not Agent.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"openai.max_tokens": 200, "openai.reasoning_effort": "low"},
        {"openai.extra_body": {"chat_template_kwargs": {"enable_thinking": False}, "top_k": 20}},
        {"openai.extra_body": {"provider": {"order": ["one", "two"]}}},
    ],
)
def test_what_chat_models_take_is_within_bounds(values):
    assert problems(values) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"openai.max_tokens": 10**6}, "must be between 16 and 32768"),
        ({"openai.reasoning_effort": "endless"}, "must be one of none, minimal"),
        ({"openai.reasoning_effort": ["low"]}, "must be one of none, minimal"),
        ({"openai.extra_body": "top_k"}, "must be an object"),
        ({"openai.extra_body": {"n": 100, "tools": []}}, "can’t contain n, tools"),
        ({"openai.extra_body": {"stop": ["a" * 100] * 100}}, "too long"),
        ({"openai.extra_body": {"a": {"b": {"c": {"d": {}}}}}}, "too long"),
    ],
)
def test_what_would_make_a_chat_expensive_or_endless_is_refused(values, words):
    (problem,) = problems(values)
    assert words in problem
