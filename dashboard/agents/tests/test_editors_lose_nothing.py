"""Opened and saved unchanged, no editor changes an agent: for anything that can be stored."""

import re
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents.models import Agent
from agents.settings.summary import summary_of
from agents.settings.table import all_settings
from agents.settings.tests.any_version import versions
from agents.settings.tests.other_values import all_others, other_value
from agents.settings.version_texts import texts_of, value_in
from agents.versions.drafts import draft_of, view_of
from agents.versions.duplicate import duplicate_agent, export_agent, import_agent, import_draft
from agents.versions.publishing import create_agent, fields_of, free_name, publish
from dashboard.agents.editor import AgentForm, field_name
from testing.office import browser_of

# One organization for all examples; each makes an agent of its own.
ANY_EXAMPLE = settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def stored(org, version):
    """An agent that says `version`, as its row has it."""
    engines = dict.fromkeys(("stt", "llm", "tts"), "scripted")
    return Agent.objects.get(
        pk=create_agent(org, name=free_name(org, "Desk"), **engines | version).pk
    )


def sent_back(form):
    """What a browser sends of a form that was not touched."""
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if value in (None, False):
            continue
        if isinstance(value, list | tuple):  # boxes: those that are checked
            sent[name] = list(value)
            continue
        text = "on" if value is True else str(value)
        sent[name] = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return sent


@ANY_EXAMPLE
@given(version=versions())
@example(version={"settings": {"turn_taking": {"max_call_ms": 10_000}}})  # less than a minute
@example(version={"greeting": "One.\r\nTwo.\rThree.\n", "voice": " Mia "})
def test_the_dashboards_editor(cast, version):
    agent = stored(cast.acorn, version)
    url = reverse("dashboard:edit_agent", args=[cast.acorn.public_id, agent.public_id])
    browser = browser_of(cast.bob)
    page = browser.get(url)
    sent = sent_back(page.context["form"]) | {"view": view_of(agent, None)}
    answer = browser.post(url, sent)
    assert answer.status_code == 302, answer.context["form"].errors
    assert draft_of(agent) is None
    assert fields_of(Agent.objects.get(pk=agent.pk).published) == fields_of(agent.published)


@ANY_EXAMPLE
@given(version=versions(), is_renamed=st.booleans())
def test_the_admin(cast, version, is_renamed):
    agent = stored(cast.acorn, version)
    name = free_name(cast.acorn, "Reception") if is_renamed else agent.name
    before = fields_of(agent.published)
    url = reverse("admin:agents_agent_change", args=[agent.pk])
    browser = browser_of(cast.olga)
    form = browser.get(url).context["adminform"].form
    assert browser.post(url, sent_back(form) | {"name": name}).status_code == 302
    agent.refresh_from_db()
    assert agent.name == name
    assert agent.versions.count() == 1
    assert fields_of(agent.published) == before


@ANY_EXAMPLE
@given(version=versions())
def test_a_file_that_is_exported_and_imported(cast, version):
    agent = stored(cast.acorn, version)
    content = export_agent(agent, actor=None)
    assert import_draft(agent, content=content, actor=None, view=view_of(agent, None)) is None
    copy = import_agent(cast.birch, content=content, actor=None, name=free_name(cast.birch, "Desk"))
    assert said(copy.published) == said(agent.published)


@ANY_EXAMPLE
@given(version=versions())
def test_a_copy(cast, version):
    agent = stored(cast.acorn, version)
    copy = duplicate_agent(agent, name=free_name(cast.acorn, "Copy"), actor=None)
    assert fields_of(copy.published) == fields_of(agent.published)


@pytest.mark.parametrize("setting", all_settings(), ids=lambda setting: setting.path)
def test_a_setting_that_a_form_does_not_show_stays(cast, setting):
    agent = create_agent(cast.acorn, name="Desk", **all_others())
    before = texts_of(agent.published)
    shown, other = field_name(setting), "facts" if setting.name == "prompt" else "prompt"
    sent = sent_back(AgentForm(version=agent.published)) | {other: "Something new."}
    sent.pop(shown, None)
    form = AgentForm(QueryDict(urlencode(sent, doseq=True)), version=agent.published)
    del form.fields[shown]
    assert form.is_valid(), form.errors
    after = texts_of(publish(agent, **form.changes()))
    assert {name for name in after if after[name] != before[name]} == {other}
    assert value_in(agent.published, setting) == other_value(setting)


@pytest.mark.parametrize(
    ("hidden", "typed", "wrong"),
    [
        ("recording_mode", {"recording_sentence": " "}, "recording_sentence"),
        ("turn_taking_endpointing_ms", {"turn_taking_pause_ms": "97"}, "turn_taking_pause_ms"),
    ],
)
def test_what_a_form_does_not_show_counts_all_the_same(cast, hidden, typed, wrong):
    version = create_agent(cast.acorn, name="Desk", **all_others()).published
    sent = sent_back(AgentForm(version=version)) | typed
    form = AgentForm(QueryDict(urlencode(sent, doseq=True)), version=version)
    del form.fields[hidden]
    assert list(form.errors) == [wrong]


def test_renaming_in_the_admin_keeps_every_setting_and_its_page_shows_them(cast):
    written = all_others() | {"prompt": "Say <b>hello</b>.\n\nBe brief."}
    agent = create_agent(cast.acorn, name="Desk", **written)
    url = reverse("admin:agents_agent_change", args=[agent.pk])
    browser = browser_of(cast.olga)
    page = browser.get(url)
    assert "<p>Say &lt;b&gt;hello&lt;/b&gt;.</p>" in page.text
    for row in (row for section in summary_of(agent.published) for row in section.rows):
        assert row.label in page.text
        assert row.name == "prompt" or row.value in page.text
    form = page.context["adminform"].form
    assert browser.post(url, sent_back(form) | {"name": "Reception"}).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.published.number) == ("Reception", 1)
    for each in all_settings():
        said = written.get(each.path, other_value(each))
        assert value_in(agent.published, each) == said, each.path


def said(version):
    """What a call gets of a version, without who the agent is."""
    config = version.config()
    return [getattr(config, n) for n in config.__slots__ if n not in ("agent_id", "version")]
