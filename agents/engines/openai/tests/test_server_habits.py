"""What a server refused once is not sent to it again, for a day."""

import pytest

from agents.engines.access import Access
from agents.engines.openai.server_habits import (
    MAX_HABITS,
    MAX_SERVERS,
    REMEMBERED_SECONDS,
    Habit,
    ServerHabits,
    owner_of,
)
from testing.clock import Clock

OURS = Access(endpoint="http://ollama.lan:11434/v1")


@pytest.fixture
def clock():
    return Clock(1_000_000.0)


@pytest.fixture
def servers(clock):
    return ServerHabits(clock)


def test_a_refused_parameter_is_left_out_or_replaced(servers):
    habits = servers.of("llm", OURS, "llama3.2")
    assert not habits.without("stream_options")
    assert habits.leave_out("stream_options")
    assert habits.use("max_tokens", "max_completion_tokens")
    known = servers.of("llm", OURS, "llama3.2")
    assert known.without("stream_options")
    assert not known.without("max_tokens")
    assert known.instead_of("max_tokens", "max_tokens") == "max_completion_tokens"
    assert known.instead_of("format", "pcm") == "pcm"


def test_what_is_known_is_no_news(servers):
    habits = servers.of("llm", OURS, "llama3.2")
    assert habits.leave_out("stop")
    assert not habits.leave_out("stop")
    assert habits.use("stop", "stops")


def test_other_parts_models_and_servers_are_not_meant(servers):
    servers.of("tts", OURS, "kokoro").leave_out("instructions")
    assert not servers.of("stt", OURS, "kokoro").without("instructions")
    assert not servers.of("tts", OURS, "orpheus").without("instructions")
    assert not servers.of("tts", Access(), "kokoro").without("instructions")


def test_a_server_is_asked_anew_after_a_day(servers, clock):
    habits = servers.of("llm", OURS, "llama3.2")
    habits.leave_out("stop")
    clock.now += REMEMBERED_SECONDS
    assert not habits.without("stop")
    assert servers.known() == []
    assert habits.leave_out("stop")


def test_an_organization_does_not_learn_from_another(servers):
    first = Access("sk-first", "https://llm.example/v1", is_of_client=True)
    second = Access("sk-second", "https://llm.example/v1", is_of_client=True)
    servers.of("llm", first, "m").leave_out("temperature")
    assert servers.of("llm", first, "m").without("temperature")
    assert not servers.of("llm", second, "m").without("temperature")


def test_the_doctor_gets_all_of_it_without_keys_and_addresses_of_clients(servers, clock):
    secret = "https://llm.example/v1?token=abc"
    theirs = Access("sk-x", secret, is_of_client=True)
    servers.of("llm", theirs, "m").leave_out("stop")
    servers.of("tts", OURS, "kokoro").use("response_format", "wav")
    servers.of("stt", Access(endpoint=f"{secret}"), "w").leave_out("language")
    assert servers.known() == [
        Habit("llm", "", owner_of(theirs), "m", "stop", "", clock.now),
        Habit("tts", OURS.endpoint, "", "kokoro", "response_format", "wav", clock.now),
        Habit("stt", "https://llm.example/v1", "", "w", "language", "", clock.now),
    ]
    assert "sk-x" not in str(servers.known())
    assert "token" not in str(servers.known())


def test_no_server_can_fill_the_memory(servers):
    habits = servers.of("llm", OURS, "llama3.2")
    noted = [habits.leave_out(f"parameter {number}") for number in range(MAX_HABITS + 5)]
    assert noted.count(True) == MAX_HABITS
    for number in range(MAX_SERVERS):
        servers.of("llm", OURS, f"model {number}").leave_out("stop")
    assert len(servers.known()) == MAX_SERVERS  # llama3.2, the least recently asked, is gone
    assert not servers.of("llm", OURS, "llama3.2").without("parameter 1")


def test_expired_habits_do_not_count_for_the_limit(servers, clock):
    habits = servers.of("llm", OURS, "llama3.2")
    for number in range(MAX_HABITS):
        assert habits.leave_out(f"p{number}")
    assert not habits.leave_out("one more")
    clock.now += REMEMBERED_SECONDS
    assert habits.leave_out("one more")
