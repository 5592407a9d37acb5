"""Agents made and changed: a change is a new version, and the next call gets it."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.members import trust
from accounts.models import AuditEntry, Organization
from agents.models import Agent, AgentVersion
from agents.settings import limits
from agents.settings.config import Fact
from agents.versions import preparing
from agents.versions.drafts import draft_to_try, save_draft, view_of
from agents.versions.duplicate import duplicate_agent
from agents.versions.publishing import (
    agent_named,
    create_agent,
    edit_agent,
    first_active,
    free_name,
    publish,
)


@pytest.fixture
def agent(cast):
    return create_agent(
        cast.acorn, name="Front desk", actor=cast.alice, greeting="Hello.", facts="Hours: 9 to 5"
    )


def test_a_new_agent_answers_at_once_with_what_it_was_given(agent, cast):
    config = first_active(cast.acorn).published.config()
    assert (config.name, config.version, config.greeting) == ("Front desk", 1, "Hello.")
    assert config.facts == (Fact("Hours", "9 to 5"),)
    assert config.agent_id == agent.public_id


def test_a_new_agent_gets_the_default_engines_unless_it_names_others(cast, settings):
    settings.DEFAULT_STT, settings.DEFAULT_LLM = "openai", "scripted"
    version = create_agent(cast.acorn, name="A", tts="google").published
    config = version.config()
    assert (config.stt, config.llm, config.tts) == ("openai", "scripted", "google")
    settings.DEFAULT_LLM = "openai"  # two lines in .env put another model in place
    assert version.config().llm == "openai"


def test_a_change_is_a_new_version_that_keeps_the_rest(agent, cast):
    before = agent.published
    after = publish(agent, actor=cast.bob, facts="Hours: 10 to 6")
    assert (after.number, after.greeting, after.created_by) == (2, "Hello.", cast.bob)
    assert first_active(cast.acorn).published == after
    assert AgentVersion.objects.get(pk=before.pk).facts == "Hours: 9 to 5"


def test_a_change_that_changes_nothing_makes_no_version(agent):
    assert publish(agent, greeting="Hello.", facts="Hours: 9 to 5") == agent.published
    assert publish(agent) == agent.published
    assert AgentVersion.objects.count() == 1


def test_an_editor_with_an_old_copy_still_makes_the_next_version(agent):
    stale = type(agent).objects.get(pk=agent.pk)
    publish(agent, greeting="Hi.")
    assert publish(stale, facts="Hours: never").number == 3
    assert stale.published.greeting == "Hi."


def test_a_version_is_never_changed(agent):
    agent.published.greeting = "Changed."
    with pytest.raises(TypeError, match="never changed"):
        agent.published.save()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"stt": "nonsense"}, "stt"),
        ({"stt": "google"}, "stt"),  # offers a voice only
        ({"language": "x" * 13}, "language"),
        ({"settings": []}, "settings"),
        ({"settings": {"turn_taking": {"pause_ms": 1}}}, "settings"),
        ({"settings": {"turn_taking": {"patience": 1}}}, "settings"),
        ({"settings": {"engines": "fast"}}, "settings"),
        ({"settings": {"other": {}}}, "settings"),
    ],
)
def test_a_version_that_would_break_a_call_is_not_published(agent, fields, where):
    with pytest.raises(ValidationError) as refused:
        publish(agent, **fields)
    assert where in refused.value.message_dict
    agent.refresh_from_db()
    assert agent.published.number == 1


def test_a_field_that_no_version_has_is_a_programming_error(agent):
    with pytest.raises(TypeError, match="no number"):
        publish(agent, number=7)


def test_an_agent_without_a_name_is_not_created(cast):
    with pytest.raises(ValidationError):
        create_agent(cast.acorn, name="")
    assert first_active(cast.acorn) is None


def test_turn_taking_reaches_the_call(agent):
    version = publish(agent, settings={"turn_taking": {"interruptible": False}})
    assert version.config().turn_taking.interruptible is False


def test_the_oldest_active_agent_answers_a_plain_webhook(agent, cast):
    second = create_agent(cast.acorn, name="Second")
    assert first_active(cast.acorn) == agent
    edit_agent(agent, actor=cast.alice, is_active=False)
    assert first_active(cast.acorn) == second
    edit_agent(second, actor=cast.alice, is_active=False)
    assert first_active(cast.acorn) is None


def test_an_agent_is_chosen_by_its_id_within_its_own_organization(agent, cast):
    assert agent_named(cast.acorn, public_id=agent.public_id) == agent
    assert agent_named(cast.birch, public_id=agent.public_id) is None
    assert agent_named(cast.acorn, public_id="ffffffffffff") is None
    edit_agent(agent, actor=None, is_active=False)
    inactive = agent_named(cast.acorn, public_id=agent.public_id)
    assert inactive == agent
    assert not inactive.is_active


def test_choosing_an_agent_and_reading_its_version_is_one_query(
    agent, cast, django_assert_num_queries
):
    with django_assert_num_queries(1):
        first_active(cast.acorn).published.config()
    with django_assert_num_queries(1):
        agent_named(cast.acorn, public_id=agent.public_id).published.config()


def test_each_step_leaves_its_trace(agent, cast):
    edit_agent(agent, actor=cast.bob, name="Desk")
    edit_agent(agent, actor=cast.bob, name="Desk")
    trail = AuditEntry.objects.filter(org=cast.acorn, action__startswith="agent.").order_by("pk")
    assert [(entry.action, entry.target) for entry in trail] == [
        ("agent.created", "Front desk"),
        ("agent.published", "Front desk v1"),
        ("agent.changed", "Desk: active"),
    ]


@pytest.mark.parametrize(
    ("field", "text"),
    [("facts", "a\n" * 201), ("facts", "a" * 50_001), ("prompt", "a" * 50_001)],
)
def test_an_agent_can_only_know_so_much(agent, field, text):
    with pytest.raises(ValidationError) as wrong:
        publish(agent, actor=None, **{field: text})
    assert list(wrong.value.message_dict) == [field]


def test_two_hundred_facts_are_not_too_many(agent):
    assert publish(agent, actor=None, facts="a\n" * 200).number == 2


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"language": "de"}, "stt"),
        ({"language": "de", "stt": "openai", "llm": "openai"}, "tts"),
        ({"voice": "alloy"}, "voice"),
    ],
)
def test_an_agent_that_its_engines_cannot_serve_is_refused(cast, fields, wrong):
    with pytest.raises(ValidationError) as refused:
        create_agent(cast.acorn, name="A", **fields)
    assert wrong in refused.value.message_dict


def test_a_provider_decides_about_its_own_languages_and_voices(cast):
    engines = {"stt": "openai", "llm": "openai", "tts": "openai"}
    create_agent(cast.acorn, name="A", language="de", voice="alloy", **engines)


def test_texts_are_read_before_the_transaction(agent, cast, monkeypatch):
    """On SQLite all webhooks would wait for it."""
    states = []

    def ask(task, given):
        states.append(len(connection.savepoint_ids))
        return original(task, given)

    original = preparing.compiler.ask
    monkeypatch.setattr(preparing.compiler, "ask", ask)
    outside = len(connection.savepoint_ids)
    publish(agent, actor=cast.bob, facts="Hours: 10 to 6")
    save_draft(agent, actor=cast.bob, view="2", facts="Hours: 11 to 7")
    duplicate_agent(agent, name="Copy", actor=cast.bob)
    assert len(states) >= 2
    assert set(states) == {outside}
    assert [version.facts for version in agent.versions.order_by("number")] == [
        "Hours: 9 to 5",
        "Hours: 10 to 6",
    ]


def test_a_refusal_of_the_texts_comes_through_and_leaves_nothing(agent, cast):
    with pytest.raises(ValidationError) as refused:
        publish(agent, actor=cast.bob, greeting="Hello from [[your company]].")
    assert "greeting" in refused.value.message_dict
    assert agent.versions.count() == 1
    assert publish(agent, actor=cast.bob, greeting="Good morning.").number == 2


@pytest.mark.parametrize("name", ["Front desk", "front DESK", "  Front desk "])
def test_two_agents_of_an_organization_have_two_names(agent, cast, name):
    with pytest.raises(ValidationError, match="already an agent called") as refused:
        create_agent(cast.acorn, name=name)
    assert set(refused.value.message_dict) == {"name"}
    second = create_agent(cast.acorn, name="Second")
    with pytest.raises(ValidationError, match="already an agent called"):
        edit_agent(second, actor=None, name=name)
    second.refresh_from_db()
    assert second.name == "Second"
    assert create_agent(cast.birch, name=name).name == name.strip()


def test_an_agent_may_change_the_case_of_its_own_name(agent):
    edit_agent(agent, actor=None, name="Front Desk")
    assert Agent.objects.get().name == "Front Desk"


def test_agents_that_had_one_name_before_the_rule_keep_working(agent, cast):
    twin = create_agent(cast.acorn, name="Twin")
    Agent.objects.update(name="Front desk")
    twin.refresh_from_db()
    edit_agent(twin, actor=None, is_active=False)
    publish(twin, actor=None, greeting="Hi.")
    twin.refresh_from_db()
    assert (twin.name, twin.is_active, twin.published.number) == ("Front desk", False, 2)


def test_a_free_name_fits_its_field(agent, cast):
    assert free_name(cast.acorn, "Other") == "Other"
    assert free_name(cast.acorn, "FRONT desk") == "FRONT desk 2"
    long = "n" * 80
    create_agent(cast.acorn, name=long)
    assert free_name(cast.acorn, long) == "n" * 78 + " 2"


def test_an_organization_has_so_many_agents_at_most(agent, cast, monkeypatch):
    monkeypatch.setattr(limits, "AGENTS", 2)
    create_agent(cast.acorn, name="Second")
    for make in (
        lambda: create_agent(cast.acorn, name="Third"),
        lambda: duplicate_agent(agent, name="x", actor=None),
    ):
        with pytest.raises(ValidationError, match="up to 2 agents, archived ones included"):
            make()
    edit_agent(agent, name="Renamed", is_active=True, actor=None)
    create_agent(cast.birch, name="Third")


@pytest.mark.parametrize("is_proven", [True, False])
def test_large_versions_are_counted_by_their_size(agent, cast, monkeypatch, is_proven):
    """Calls refer to a version, so it is kept for good: a form a second filled six gigabytes an
    hour of the disk that calls are recorded on."""
    cache.clear()
    Organization.objects.update(proven_at=timezone.now() if is_proven else None)
    for org in (cast.acorn, cast.birch):
        org.refresh_from_db()
    agent.org = cast.acorn
    monkeypatch.setattr(
        trust, "VERSIONS_KB_A_DAY" if is_proven else "VERSIONS_KB_OF_POOL_A_DAY", 300
    )
    publish(agent, prompt="\u6307" * 49_000)
    save_draft(agent, actor=None, view=view_of(agent, None), prompt="\u5b57" * 49_000)
    assert draft_to_try(agent, actor=None) is not None
    with pytest.raises(ValidationError, match="Too many versions") as refusal:
        publish(agent, prompt="\u8a9e" * 49_000)
    assert not hasattr(refusal.value, "error_dict")  # of no field: a page would name it
    assert publish(agent, prompt="Short.").prompt == "Short."
    with monkeypatch.context() as patch:
        patch.setattr(trust, "ORDINARY_VERSIONS_KB_A_DAY", 0)
        with pytest.raises(ValidationError, match="Too many versions"):
            publish(agent, prompt="Also a short one.")
    if is_proven:
        create_agent(cast.birch, name="Large", prompt="\u8a9e" * 49_000)
    else:
        with pytest.raises(ValidationError, match="Too many versions"):
            create_agent(cast.birch, name="Large", prompt="\u8a9e" * 49_000)
