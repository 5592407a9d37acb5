"""One limit for a field, by whatever way its text comes."""

import json

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import CharField, IntegerField

from agents.models import Agent, AgentDraft, AgentVersion
from agents.settings import limits
from agents.settings.kinds import Milliseconds
from agents.settings.table import all_settings
from agents.versions.duplicate import import_agent
from agents.versions.port import FORMAT, FORMAT_VERSION
from agents.versions.publishing import create_agent, publish
from dashboard.agents.editor import AgentForm, field_name
from dashboard.agents.forms import CopyForm, NameForm, NewAgentForm, NoteForm

# A setting by the name of its field in the editor.
SETTINGS = {field_name(each): each for each in all_settings()}
NUMBERS = [each for each in all_settings() if isinstance(each.kind, Milliseconds)]


def form_fields():
    editor = AgentForm(version=AgentVersion(agent=Agent(name="A"), number=1))
    for form in (editor, NewAgentForm(), NameForm(), CopyForm(), NoteForm()):
        yield from form.fields.items()


def test_every_text_field_of_a_form_has_the_limit_of_the_table():
    seen = set()
    for name, field in form_fields():
        if isinstance(field, CharField) and field.max_length:
            known = SETTINGS[name].path if name in SETTINGS else name
            assert field.max_length == limits.CHARACTERS[known], name
            seen.add(known)
    choices = {"stt", "llm", "tts", "tools.enabled"}
    assert seen >= limits.CHARACTERS.keys() - choices


def test_no_text_field_of_a_form_is_without_a_limit():
    unlimited = {
        name
        for name, field in form_fields()
        if isinstance(field, CharField) and not field.max_length
    }
    assert unlimited <= {"recording_key"}  # one key, which the service checks


def test_every_number_of_a_form_has_the_limits_of_the_table():
    for name, field in form_fields():
        if isinstance(field, IntegerField):
            kind = SETTINGS[name].kind
            ends = (1, 240) if name == "turn_taking_max_call_ms" else (kind.lowest, kind.highest)
            assert (field.min_value, field.max_value) == ends, name


def test_every_column_has_the_limit_of_the_table():
    for model in (Agent, AgentVersion, AgentDraft):
        for field in model._meta.get_fields():
            if field.name in limits.CHARACTERS and getattr(field, "max_length", None):
                assert field.max_length == limits.CHARACTERS[field.name], field


def test_the_admin_writes_no_field_of_a_version():
    page = admin.site._registry[Agent]
    written = set(page.form.base_fields)
    assert written == {"org", "name", "is_active", "starter", "speaks"}


def texts_at(name, length):
    if name.startswith("recording."):
        field = name.removeprefix("recording.")
        said = {"mode": "word", "sentence": "We record.", field: "a" * length}
        return {"settings": {"recording": said}}
    return {name: "a" * length}


@pytest.mark.parametrize(
    "name", ["greeting", "prompt", "facts", "recording.sentence", "recording.word"]
)
def test_the_service_and_a_file_take_as_much_and_no_more(cast, name):
    limit = limits.CHARACTERS[name]
    agent = create_agent(cast.acorn, name="Desk")
    publish(agent, **texts_at(name, limit))
    with pytest.raises(ValidationError):
        publish(agent, **texts_at(name, limit + 1))
    import_agent(cast.birch, content=file_of(texts_at(name, limit)), actor=None)
    with pytest.raises(ValidationError):
        import_agent(cast.acorn, content=file_of(texts_at(name, limit + 1)), actor=None)


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.path)
def test_the_service_takes_the_numbers_of_the_table(cast, setting):
    lowest, highest = setting.kind.lowest, setting.kind.highest
    agent = create_agent(cast.acorn, name="Desk")
    rest = {"endpointing_ms": 3_000, "pause_ms": 32}
    for value in (lowest, highest):
        publish(agent, settings={setting.group: rest | {setting.name: value}})
    for value in (lowest - 1, highest + 1):
        with pytest.raises(ValidationError):
            publish(agent, settings={setting.group: {setting.name: value}})


def file_of(fields):
    document = {"format": FORMAT, "format_version": FORMAT_VERSION, "name": "Desk"}
    settings = fields.pop("settings", {})
    return json.dumps(document | fields | settings).encode()
