"""A version is prepared before it is saved, and a call reads nothing else."""

from importlib import import_module

import pytest
from django.core.exceptions import ValidationError
from django.core.management.sql import emit_post_migrate_signal

from agents.compiler import process
from agents.compiler.form import compile_version
from agents.models import Agent, AgentVersion
from agents.settings import config as texts
from agents.settings.config import Fact
from agents.versions import preparing
from agents.versions.drafts import save_draft, view_of
from agents.versions.duplicate import duplicate_agent, export_agent, import_agent
from agents.versions.publishing import create_agent, first_active, publish
from agents.versions.setting_aside import reason_in_words
from voicex.errors import NotPrepared, TaskFailed

FACTS = "Hours: 9 to 5\nParking: [[where]]\n- The lift is broken"


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Desk", greeting="Hello. How are you?", facts=FACTS)


def stale(version, **prepared):
    """The version as another release would have left it."""
    form = {**version.prepared, **prepared} if prepared else None
    AgentVersion.objects.filter(pk=version.pk).update(prepared=form)
    return AgentVersion.objects.select_related("agent__org").get(pk=version.pk)


def migrate():
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def test_facts_and_sentences_are_read_before_the_version_is_saved(agent):
    version = AgentVersion.objects.get(pk=agent.published_id)
    assert version.prepared["greeting"] == ["Hello. ", "How are you?"]
    config = version.config()
    assert config.facts == (
        Fact("Hours", "9 to 5"),
        Fact("The lift is broken", "The lift is broken"),
    )
    assert config.cuts["Hello. How are you?"] == ("Hello. ", "How are you?")
    assert [(fact.topic, fact.is_filled) for fact in version.written_facts] == [
        ("Hours", True),
        ("Parking", False),
        ("The lift is broken", True),
    ]


def test_every_way_to_a_version_prepares_it(agent, cast):
    made = [
        agent,
        duplicate_agent(agent, name="Copy", actor=None),
        import_agent(cast.birch, content=export_agent(agent, actor=None), actor=None),
    ]
    publish(agent, greeting="Good morning.")
    AgentVersion.objects.create(agent=agent, number=9, greeting="Written by hand.")
    for version in AgentVersion.objects.all():
        assert version.is_prepared, version
    assert len(made) == Agent.objects.count()


def test_nothing_that_a_tenant_wrote_is_read_in_this_process(agent, monkeypatch):
    """Not while it is published, and not when it is read for a call."""

    def never(*_given, **_named):
        raise AssertionError("read in the process that carries calls")

    for name in ("parse_facts", "facts_in", "gap_in"):
        monkeypatch.setattr(texts, name, never)
        monkeypatch.setattr(import_module("agents.compiler.form"), name, never, raising=False)
    monkeypatch.setattr(import_module("agents.compiler.form"), "sentences", never)
    publish(agent, facts="Hours: never", greeting="Hello there.")
    save_draft(agent, actor=None, view=view_of(agent, None), facts="Hours: [[when]]")
    assert first_active(agent.org).published.config().facts == (Fact("Hours", "never"),)


def test_texts_that_take_too_long_are_refused_in_words_beside_their_field(agent, monkeypatch):
    def too_long(task, given):
        raise TaskFailed("time", reading="facts")

    monkeypatch.setattr(process.compiler, "ask", too_long)
    with pytest.raises(ValidationError) as refused:
        publish(agent, facts="anything")
    assert "take too long to process" in refused.value.message_dict["facts"][0]
    agent.refresh_from_db()
    assert agent.published.number == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"greeting": "a" * 1_001}, "greeting", "At most 1,000 characters"),
        ({"greeting": "We are [[who]]."}, "greeting", "Fill it in first"),
        ({"prompt": "a" * 50_001}, "prompt", "At most 50,000 characters"),
        ({"facts": "a" * 50_001}, "facts", "At most 50,000 characters"),
        ({"facts": "a\n" * 201}, "facts", "At most 200 facts"),
        (
            {"settings": {"recording": {"mode": "announced", "sentence": "a" * 501}}},
            "settings",
            "At most 500 characters",
        ),
    ],
)
def test_what_is_over_its_limit_is_refused_beside_its_field(agent, fields, field, words):
    with pytest.raises(ValidationError) as refused:
        publish(agent, **fields)
    ((name, problems),) = refused.value.message_dict.items()
    assert name == field
    assert words in problems[0]


def test_problems_of_texts_and_of_settings_are_reported_together(agent):
    with pytest.raises(ValidationError) as refused:
        publish(agent, greeting="[[who]]", settings={"turn_taking": {"pause_ms": 1}})
    assert refused.value.message_dict.keys() == {"greeting", "settings"}


@pytest.mark.parametrize("prepared", [{}, {"format": 0}, {"format": "1"}])
def test_a_version_in_another_form_is_read_by_no_call(agent, prepared):
    version = stale(agent.published, **prepared)
    with pytest.raises(NotPrepared):
        version.config()
    assert "they are declined" in reason_in_words(version)
    assert version.written_facts == []


@pytest.mark.parametrize("prepared", [{}, {"format": 0}])
def test_migrating_prepares_what_another_release_has_stored(agent, prepared):
    before = agent.published.prepared
    stale(agent.published, **prepared)
    migrate()
    version = AgentVersion.objects.get(pk=agent.published_id)
    assert version.prepared == before
    assert reason_in_words(version) == ""


LONG = {
    "greeting": "Good day. " * 150,
    "prompt": "Be brief. " * 6_000,
    "facts": "Hours: 9 to 5\n" * 250 + "Parking: [[where]]\n" * 250,
    "settings": {"recording": {"mode": "announced", "sentence": "We record. " * 60}},
}


@pytest.mark.parametrize("field", LONG)
def test_a_version_stored_before_its_limit_answers_calls_as_it_is(agent, field):
    AgentVersion.objects.filter(pk=agent.published_id).update(**{field: LONG[field]})
    version = stale(agent.published)
    migrate()
    version.refresh_from_db()
    config = version.config()
    assert reason_in_words(version) == ""
    assert "".join(config.cuts[version.greeting]).split() == version.greeting.split()
    assert (config.prompt, len(config.facts)) == (version.prompt, 200 if field == "facts" else 2)
    recorded = config.recording.sentence
    assert "".join(config.cuts[recorded]).split() == recorded.split()
    with pytest.raises(ValidationError) as refused:
        publish(agent, language="de")
    assert field in refused.value.message_dict


def test_a_version_that_was_declined_for_its_length_answers_after_the_next_migration(agent):
    AgentVersion.objects.filter(pk=agent.published_id).update(
        greeting="Good day. " * 150, prepared=None, set_aside="unreadable:greeting"
    )
    migrate()
    version = AgentVersion.objects.get(pk=agent.published_id)
    assert (version.is_prepared, reason_in_words(version)) == (True, "")


def test_an_old_version_that_takes_too_long_is_set_aside_with_its_reason(agent, cast, monkeypatch):
    well = create_agent(cast.birch, name="Well", greeting="Hi.").published
    stale(agent.published)
    stale(well)
    ask = process.compiler.ask

    def slow(task, given):
        if given["greeting"] != "Hi.":
            raise TaskFailed("time", reading="greeting")
        return ask(task, given)

    monkeypatch.setattr(process.compiler, "ask", slow)
    migrate()
    version = AgentVersion.objects.get(pk=agent.published_id)
    assert not version.is_prepared
    assert "Its greeting exceeds the limits." in reason_in_words(version)
    assert AgentVersion.objects.get(pk=well.pk).is_prepared


def test_many_old_versions_are_prepared_a_few_at_a_time(agent, monkeypatch):
    monkeypatch.setattr(preparing, "MADE_AT_ONCE", 2)
    for number in range(5):
        publish(agent, greeting=f"Hello {number}.")
    AgentVersion.objects.update(prepared=None)
    assert preparing.prepare_old_versions(AgentVersion.objects) == 6
    assert all(version.is_prepared for version in AgentVersion.objects.all())


def test_a_setting_that_cannot_be_has_its_default_on_pages(agent):
    broken = {"turn_taking": {"pause_ms": "x", "y": 1}, "recording": {"mode": "?"}, "engines": 1}
    version = AgentVersion(agent=agent, number=2, settings=broken)
    assert version.turn_taking.pause_ms == 64
    assert version.recording.mode == "off"
    assert version.engine_settings == {}


def test_a_greeting_is_cut_as_its_language_ends_sentences():
    said = {"greeting": "Am 24. Dezember ist zu. Hallo.", "prompt": "", "facts": "", "settings": {}}
    for language, first in (("de-AT", "Am 24. Dezember ist zu. "), ("en", "Am 24. ")):
        made = compile_version(said | {"language": language}, lambda _: None)
        assert made["prepared"]["greeting"][0] == first
