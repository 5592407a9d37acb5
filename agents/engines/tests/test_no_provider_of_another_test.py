"""Each test begins with a process that has asked no provider yet."""

import pytest

from agents.engines.access import Access
from agents.engines.health import engine_health
from agents.engines.openai.model_keepalive import model_keepalive
from agents.engines.openai.server_habits import server_habits

OURS = Access(endpoint="http://ollama.lan:11434/v1")


@pytest.mark.parametrize("test", ["one", "another"])
def test_nothing_is_remembered_of_providers(test):
    assert server_habits.known() == []
    assert engine_health.summaries() == []
    assert not model_keepalive._models
    server_habits.of("llm", OURS, "llama3.2").leave_out("stop")
    engine_health.part("llm", "openai").answered(0.1)
    model_keepalive.asked(OURS, "llama3.2")
