"""On the platform's key an agent uses only the models that the operator allows."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.secrets.vault import clear_secret, store_secret
from agents.engines import registry
from agents.providers import credentials
from agents.versions.drafts import draft_of, view_of
from agents.versions.duplicate import import_agent, import_draft
from agents.versions.publishing import create_agent

DEAR = "dear-1"
ENGINES = {"openai.llm_model": DEAR, "openai.tts_model": "cheap-1", "openai.temperature": 0.5}


@pytest.fixture(autouse=True)
def limit(settings):
    settings.OPENAI_API_KEY = "sk-platform"
    settings.OPENAI_MODELS = ["cheap-1", "cheap-2"]


@pytest.fixture
def own_key(cast):
    store_secret(cast.acorn, name="openai_api_key", value="sk-own", actor=None)


def file(**engine_settings):
    plain = {"format": "voicex-agent", "format_version": 1, "name": "Desk", "greeting": "Hello."}
    return json.dumps(plain | {"engine_settings": engine_settings}).encode()


def agent_of(org, **engine_settings):
    return create_agent(org, name="Desk", greeting="Hi.", settings={"engines": engine_settings})


def options_of(agent):
    return credentials.setup_of(agent.org, agent.published.config()).config.options


def test_a_file_that_names_another_model_is_refused_in_words(cast):
    with pytest.raises(ValidationError) as error:
        import_agent(cast.acorn, content=file(**ENGINES), actor=cast.bob)
    (problem,) = error.value.message_dict["settings"]
    assert "openai.llm_model: dear-1 isn’t available" in problem
    assert "cheap-1, cheap-2, gpt-4o-mini" in problem
    assert "your own OpenAI key" in problem
    assert not cast.acorn.agents.exists()


def test_a_file_is_refused_as_a_draft_too(cast):
    agent = agent_of(cast.acorn)
    with pytest.raises(ValidationError, match="dear-1"):
        import_draft(agent, content=file(**ENGINES), actor=cast.bob, view=view_of(agent, None))
    assert draft_of(agent) is None


def test_the_page_that_reads_files_says_it(cast):
    page = browser_of(cast.bob).post(
        f"/o/{cast.acorn.public_id}/agents/import/",
        {"file": _upload(file(**ENGINES))},
    )
    assert page.status_code == 422
    assert "dear-1 isn’t available with the platform" in page.text


@pytest.mark.parametrize("model", ["cheap-2", "gpt-4o-mini", ""])
def test_the_allowed_models_and_the_platforms_own_come_in(cast, model):
    content = file(**{"openai.llm_model": model})
    agent = import_agent(cast.acorn, content=content, actor=cast.bob)
    assert options_of(agent)["openai.llm_model"] == model


def test_with_a_key_of_their_own_they_name_any(cast, own_key):
    agent = import_agent(cast.acorn, content=file(**ENGINES), actor=cast.bob)
    assert options_of(agent) == ENGINES


def test_an_agent_from_before_the_limit_is_answered_by_the_platforms_model(cast):
    agent = agent_of(cast.acorn, **ENGINES)
    setup = credentials.setup_of(cast.acorn, agent.published.config())
    assert setup.config.options == {"openai.tts_model": "cheap-1", "openai.temperature": 0.5}
    assert registry.language_model("openai", setup)._model == "gpt-4o-mini"


def test_so_is_one_whose_organization_took_its_key_away(cast, own_key):
    agent = agent_of(cast.acorn, **ENGINES)
    assert options_of(agent)["openai.llm_model"] == DEAR
    clear_secret(cast.acorn, name="openai_api_key", actor=None)
    assert "openai.llm_model" not in options_of(agent)


def test_a_model_that_is_no_text_is_not_allowed_either(cast):
    with pytest.raises(ValidationError, match="isn’t available"):
        import_agent(cast.acorn, content=file(**{"openai.tts_model": ["cheap-1"]}), actor=cast.bob)


def test_without_a_limit_any_model_will_do(cast, settings):
    settings.OPENAI_MODELS = []
    agent = import_agent(cast.acorn, content=file(**ENGINES), actor=cast.bob)
    assert options_of(agent) == ENGINES


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def _upload(content):
    return SimpleUploadedFile("desk.voicex-agent.json", content)
