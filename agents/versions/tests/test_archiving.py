"""Agents archived and restored: nothing that refers to them changes."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEntry
from agents.models import Agent
from agents.saved_tests.runs import begin
from agents.versions.archiving import archive_agent, restore_agent
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.listing import agents_of, archived_count
from agents.versions.publishing import (
    create_agent,
    edit_agent,
    first_active,
    first_agent,
    next_active,
    publish,
    published_after,
)


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Front desk", actor=cast.alice, greeting="Hello.")


def archived(agent, actor):
    assert archive_agent(agent, actor=actor, now=timezone.now())
    return Agent.objects.get(pk=agent.pk)


def test_an_archived_agent_answers_nobody_and_is_in_no_list(agent, cast):
    other = create_agent(cast.acorn, name="Sales")
    assert next_active(agent) == other
    found = archived(agent, cast.bob)
    assert (found.is_active, found.published) == (False, agent.published)
    assert first_active(cast.acorn) == other
    assert agent.published not in published_after(0, limit=9)
    assert list(agents_of(cast.acorn, limit=9)) == [other]
    assert list(agents_of(cast.acorn, limit=9, archived=True)) == [found]
    assert (archived_count(cast.acorn, limit=9), archived_count(cast.birch, limit=9)) == (1, 0)
    assert AuditEntry.objects.get(action="agent.archived").actor == cast.bob
    # A second click, or a colleague's.
    assert not archive_agent(agent, actor=cast.bob, now=timezone.now())


def test_an_archived_agent_stands_for_its_organization_only_without_any_other(agent, cast):
    second = create_agent(cast.acorn, name="Sales", is_active=False)
    archived(agent, cast.bob)
    assert first_agent(cast.acorn) == second
    archived(second, cast.bob)
    assert first_agent(cast.acorn) == agent


def test_of_two_with_a_name_the_one_in_use_is_told_of(agent, cast):
    """Such names are from before the rule that an organization has each only once."""
    twin = create_agent(cast.acorn, name="Twin")
    archived(twin, cast.bob)
    Agent.objects.filter(pk=twin.pk).update(name="Front desk")
    with pytest.raises(ValidationError, match="There is already an agent"):
        create_agent(cast.acorn, name="front DESK")


def test_nothing_of_an_archived_agent_can_be_changed(agent, cast):
    view = view_of(agent, None)
    stale = Agent.objects.get(pk=agent.pk)  # as a page in another tab has it
    archived(agent, cast.bob)
    for change in (
        lambda: publish(stale, greeting="Good day."),
        lambda: save_draft(stale, actor=cast.bob, view=view, greeting="Good day."),
        lambda: edit_agent(stale, actor=cast.bob, is_active=True, name="Desk"),
        lambda: begin(stale, actor=cast.bob),
    ):
        with pytest.raises(ValidationError) as refusal:
            change()
        assert refusal.value.messages == ["Front desk is archived. Restore it first."]
    assert not Agent.objects.get(pk=agent.pk).is_active


def test_a_restored_agent_is_as_it_was_but_inactive(agent, cast):
    save_draft(agent, actor=cast.bob, view=view_of(agent, None), greeting="Good day.")
    found = archived(agent, cast.bob)
    assert restore_agent(found, actor=cast.alice)
    assert not restore_agent(found, actor=cast.alice)
    found = Agent.objects.get(pk=agent.pk)
    assert (found.archived_at, found.is_active, found.published) == (None, False, agent.published)
    assert draft_of(found).fields == {"greeting": "Good day."}
    edit_agent(found, actor=cast.alice, is_active=True)
    assert first_active(cast.acorn) == found
    assert AuditEntry.objects.filter(action="agent.restored").count() == 1


def test_a_name_from_right_to_left_moves_nothing_beside_it_in_a_refusal(agent, cast):
    edit_agent(agent, actor=None, name="\u05d0\u05dc\u05d5\u05df 7")
    archived(agent, cast.bob)
    with pytest.raises(ValidationError) as refusal:
        publish(agent, greeting="Good day.")
    assert refusal.value.messages[0].startswith(
        "\u2068\u05d0\u05dc\u05d5\u05df 7\u2069 is archived."
    )


def test_an_archived_agent_keeps_its_name(agent, cast):
    archived(agent, cast.bob)
    with pytest.raises(ValidationError) as refusal:
        create_agent(cast.acorn, name="front DESK")
    assert "Restore it, or choose another name." in refusal.value.messages[0]
    create_agent(cast.birch, name="Front desk")
