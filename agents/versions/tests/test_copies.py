"""Agents as files and as copies: what goes out comes in again, and hostile files do not."""

import json

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from agents.models import Agent
from agents.versions import port
from agents.versions.drafts import draft_of, view_of
from agents.versions.duplicate import duplicate_agent, export_agent, import_agent, import_draft
from agents.versions.publishing import VERSION_FIELDS, create_agent, first_active

SETTINGS = {
    "turn_taking": {"endpointing_ms": 400},
    "recording": {"mode": "announced", "sentence": "This call is recorded."},
    "engines": {"scripted.llm_ms": 10},
}


@pytest.fixture
def agent(cast):
    return create_agent(
        cast.acorn,
        name="Vörderempfang",
        greeting="Grüß Gott.",
        facts="Hours: 9 to 5",
        language="en-GB",
        llm="scripted",
        settings=SETTINGS,
    )


def document(**changed):
    plain = {"format": "voicex-agent", "format_version": 1, "name": "Desk", "greeting": "Hello."}
    return json.dumps(plain | changed).encode()


def refused(content):
    with pytest.raises(ValidationError) as error:
        port.read(content)
    return error.value.message_dict


def test_what_is_exported_is_imported_the_same_elsewhere(agent, cast):
    content = export_agent(agent, actor=cast.bob)
    copy = import_agent(cast.birch, content=content, actor=cast.charlie)
    assert (copy.org, copy.name, copy.is_active) == (cast.birch, "Vörderempfang", False)
    assert copy.published.config().turn_taking == agent.published.config().turn_taking
    assert copy.published.config().recording == agent.published.config().recording
    for name in set(VERSION_FIELDS) - {"settings"}:
        assert getattr(copy.published, name) == getattr(agent.published, name), name


def test_a_file_names_no_organization_no_person_and_no_id(agent, cast):
    text = export_agent(agent, actor=cast.bob).decode()
    for secret in (agent.public_id, cast.acorn.public_id, "Acorn", "example.com"):
        assert secret not in text
    assert "Grüß Gott." in text  # to be read by people


def test_a_file_becomes_the_draft_of_an_agent_that_keeps_its_name(agent, cast):
    view = view_of(agent, None)
    import_draft(agent, content=document(), actor=cast.bob, view=view)
    draft = draft_of(agent)
    assert draft.fields["greeting"] == "Hello."
    assert "facts" not in draft.fields  # what a file leaves out stays
    assert first_active(cast.acorn).published.greeting == "Grüß Gott."


def test_a_duplicate_says_the_same_and_answers_nothing_yet(agent, cast):
    copy = duplicate_agent(agent, name="Second desk", actor=cast.bob)
    assert (copy.name, copy.is_active, copy.published.number) == ("Second desk", False, 1)
    assert copy.published.greeting == agent.published.greeting
    assert copy.published.settings == SETTINGS


def test_each_copy_leaves_its_trace(agent, cast):
    content = export_agent(agent, actor=cast.bob)
    duplicate_agent(agent, name="Copy", actor=cast.bob)
    import_agent(cast.acorn, content=content, actor=cast.bob, name="From a file")
    import_draft(agent, content=document(), actor=cast.bob, view=view_of(agent, None))
    actions = set(AuditEntry.objects.filter(actor=cast.bob).values_list("action", flat=True))
    assert {"agent.exported", "agent.duplicated", "agent.imported"} < actions


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "isn’t valid JSON"),
        (b"\xff\xfe", "isn’t valid JSON"),
        (b"{", "isn’t valid JSON"),
        (b"[" * 100_000, "isn’t valid JSON"),
        (b"{" + b'"a":{' * 100_000, "isn’t valid JSON"),
        (b'{"format": NaN}', "isn’t valid JSON"),
        (b'{"format_version": ' + b"9" * 10_000 + b"}", "isn’t valid JSON"),
        (b"[]", "isn’t an exported agent"),
        (b'{"format": "other"}', "isn’t an exported agent"),
        (document(format_version=2), "format version 2"),
        (document(format_version=True), "format version True"),
        (document(format_version="1"), "format version '1'"),
        (document(greeting="a\0b"), "can’t be stored"),
        (document(name="\ud800"), "can’t be stored"),
        (document(engine_settings={"openai.tts_instructions": ["\0"]}), "can’t be stored"),
        (b" " * (port.MAX_BYTES + 1), "larger than 768 KB"),
        (document(api_key="vx_1"), "Unknown field: 'api_key'"),
    ],
)
def test_a_file_that_is_no_agent_is_refused_in_words(content, words):
    (problem,) = refused(content)["__all__"]
    assert words in problem


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"greeting": ["Hello"]}, "greeting"),
        ({"facts": None}, "facts"),
        ({"engines": "local"}, "engines"),
        ({"engines": {"vad": "local"}}, "engines"),
        ({"engines": {"stt": 1}}, "stt"),
        ({"turn_taking": []}, "turn_taking"),
        ({"recording": 1}, "recording"),
        ({"engine_settings": {"__class__": 1}}, "engine_settings"),
    ],
)
def test_each_problem_is_named_by_its_field(changed, field):
    assert list(refused(document(**changed))) == [field]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "n" * 81}, "name"),
        ({"language": "x" * 13}, "language"),
        ({"engines": {"llm": "nonsense"}}, "llm"),
        ({"turn_taking": {"pause_ms": 1}}, "settings"),
        ({"turn_taking": {"speculate": "often"}}, "settings"),
        ({"recording": {"mode": "announced"}}, "settings"),
        ({"facts": "a\n" * 201}, "facts"),
    ],
)
def test_what_no_call_could_use_is_refused_and_leaves_nothing_behind(cast, changed, field):
    with pytest.raises(ValidationError) as error:
        import_agent(cast.acorn, content=document(**changed), actor=cast.bob)
    assert list(error.value.message_dict) == [field]
    assert not Agent.objects.exists()
