"""Before publishing: an engine without a price is a warning."""

import pytest

from agents.versions.gate.findings import State, of_state
from agents.versions.gate.gate import examine
from testing.scene import Scene
from usage.models import Price

pytestmark = pytest.mark.django_db


def warned() -> list[str]:
    agent = Scene().agent
    found = of_state(examine(agent, agent.published), State.WARN)
    return [each.code for each in found if each.code.startswith("price:")]


def test_what_has_a_price_of_its_own_or_of_any_engine_is_no_finding():
    assert warned() == []
    Price.objects.filter(component="llm_out", engine="scripted").update(engine="")
    assert warned() == []


def test_a_component_without_a_price_is_named_by_its_engine():
    Price.objects.filter(component="llm_out", engine="scripted").delete()
    assert warned() == ["price:scripted"]
