"""Versions: listed by key, compared, brought back as new ones."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from agents.models import AgentVersion
from agents.settings.version_texts import texts_of
from agents.versions.differences import differences
from agents.versions.history import roll_back, version_of, versions_of
from agents.versions.publishing import create_agent, publish


@pytest.fixture
def agent(cast):
    agent = create_agent(cast.acorn, name="Front desk", greeting="One.")
    publish(agent, actor=cast.bob, note="Second try", greeting="Two.")
    publish(agent, greeting="Three.")
    return agent


def test_versions_are_listed_newest_first_and_further_by_number(agent):
    assert [each.number for each in versions_of(agent, limit=2)] == [3, 2]
    assert [each.number for each in versions_of(agent, limit=2, below=2)] == [1]


def test_a_version_knows_who_made_it_and_why(agent, cast):
    version = version_of(agent, number=2)
    assert (version.created_by, version.note) == (cast.bob, "Second try")
    assert version_of(agent, number=9) is None


def test_rolling_back_publishes_the_old_words_as_a_new_version(agent, cast):
    version = roll_back(agent, to=version_of(agent, number=1), actor=cast.bob)
    assert (version.number, version.greeting, version.note) == (4, "One.", "Restored version 1")
    assert AgentVersion.objects.count() == 4
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.target) == ("agent.rolled_back", "Front desk: v1")


def test_a_version_whose_engine_is_gone_is_not_brought_back(agent, cast):
    AgentVersion.objects.filter(number=1).update(llm="vanished")
    with pytest.raises(ValidationError) as refused:
        roll_back(agent, to=version_of(agent, number=1), actor=cast.bob)
    assert "llm" in refused.value.message_dict
    agent.refresh_from_db()
    assert agent.published.number == 3


def test_another_agents_version_is_not_brought_back(agent, cast):
    other = create_agent(cast.birch, name="Other")
    with pytest.raises(ValueError, match="another agent"):
        roll_back(agent, to=other.published, actor=cast.bob)


def test_a_setting_that_is_only_named_is_no_difference(agent):
    before = texts_of(agent.published)
    after = publish(agent, settings={"turn_taking": {"pause_ms": 64}, "recording": {}})
    assert differences(before, texts_of(after)) == []


def test_each_setting_is_compared_by_its_name(agent):
    before = texts_of(agent.published)
    after = publish(
        agent,
        settings={"turn_taking": {"interruptible": False}, "engines": {"local.speed": 1.1}},
    )
    found = {each.field: each.lines for each in differences(before, texts_of(after))}
    assert [[piece.text for piece in line] for line in found["turn_taking.interruptible"]] == [
        ["yes"],
        ["no"],
    ]
    assert [piece.text for piece in found["engines.local.speed"][0]] == ["1.1"]
