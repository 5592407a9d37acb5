"""Whose key goes where: an organization's own never to the server of the platform's settings."""

import pytest

from accounts.secrets.vault import store_secret
from agents.engines import registry
from agents.engines.access import Access
from agents.providers.credentials import credentials_of, platform_credentials, platform_has_access

WITH_SECRET = [name for name, card in registry.ENGINES.items() if card.secret]
OWN = {"google": '{"type": "service_account"}'}


@pytest.fixture
def platform(settings):
    """Every provider has a key of the platform's, for a server of the platform's."""
    for name in WITH_SECRET:
        card = registry.ENGINES[name]
        setattr(settings, card.key_setting, f"key-of-the-platform-for-{name}")
        setattr(settings, card.address_setting, f"https://{name}.platform.example/v1")
    settings.OPENAI_LLM_MODEL = "llama3"


@pytest.mark.parametrize("engine", WITH_SECRET)
def test_the_platforms_key_is_for_the_settings_server(cast, platform, engine):
    access = credentials_of(cast.acorn).of(engine)
    assert access == Access(
        f"key-of-the-platform-for-{engine}", f"https://{engine}.platform.example/v1"
    )
    assert credentials_of(cast.acorn).default("openai.llm_model") == "llama3"


@pytest.mark.parametrize("engine", WITH_SECRET)
def test_an_organizations_own_is_for_the_providers_own_server(cast, platform, engine):
    value = OWN.get(engine, "key-of-its-own")
    secret = registry.ENGINES[engine].secret
    store_secret(cast.acorn, name=secret.name, value=value, actor=None)
    own = credentials_of(cast.acorn)
    assert (own.of(engine).key, own.of(engine).endpoint) == (value, "")
    assert own.of(engine).is_of_client
    assert not [name for name in own.defaults if name.startswith(f"{engine}.")]
    for other in set(WITH_SECRET) - {engine}:
        assert own.of(other) == platform_credentials().of(other)
    assert credentials_of(cast.birch).of(engine).key != value


def test_an_engine_without_a_secret_needs_no_access(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    assert platform_has_access("local")
    assert not platform_has_access("openai")
    assert platform_credentials().of("local") == Access()
