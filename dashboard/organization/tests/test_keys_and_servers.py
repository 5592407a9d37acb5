"""Every way on which a key leaves the process, and the one server that each key may reach."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache

from accounts.secrets.vault import SealedSecrets, store_secret
from agents.engines import registry
from agents.engines.base import EngineSetup
from agents.engines.openai import client
from agents.providers.credentials import credentials_of
from agents.versions import voice_preview
from agents.versions.publishing import publish
from telephony.admission import preparation
from telephony.admission.tickets import make_ticket
from telephony.process.warm_up.readiness import connect
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, media_process, serving
from testing.office import browser_of
from testing.phone_number import PhoneNumber
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.providers.threaded import in_a_thread
from voicex.errors import SecretUnreadable

pytestmark = pytest.mark.django_db(transaction=True)

PLATFORMS = "sk-platform-0123456789abcdef"
OWN = "sk-own-fedcba9876543210"
OPENAI = {"stt": "openai", "llm": "openai", "tts": "openai"}


@dataclass
class Servers:
    """The server of the platform's settings, OpenAI's own, and one that an organization names."""

    platforms: OpenAIServer
    openais: OpenAIServer
    named: OpenAIServer

    def keys(self) -> tuple[set[str], set[str], set[str]]:
        """Which keys each of them was shown."""
        return tuple(
            {
                request.headers["authorization"].removeprefix("Bearer ")
                for request in server.requests
            }
            for server in (self.platforms, self.openais, self.named)
        )


@pytest.fixture
def servers(settings, monkeypatch) -> Iterator[Servers]:
    behaviour = Behaviour.at_once()
    with (
        in_a_thread(OpenAIServer(behaviour)) as platforms,
        in_a_thread(OpenAIServer(behaviour)) as openais,
        in_a_thread(OpenAIServer(behaviour)) as named,
    ):
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = platforms.url, PLATFORMS
        settings.ALLOW_PRIVATE_ENDPOINTS = True
        monkeypatch.setattr(client, "OPENAI_URL", openais.url)
        yield Servers(platforms, openais, named)


@pytest.fixture
def line(line: PhoneNumber, settings, tmp_path, monkeypatch) -> PhoneNumber:
    """Acorn's number, with OpenAI for all three parts."""
    settings.VAR_DIR = tmp_path
    cache.clear()  # how often previews and the doctor were asked is counted there
    voice_preview._clips.cache_clear()
    publish(line.agent, **OPENAI)
    return line


def types_it_into_the_form(line: PhoneNumber, cast, endpoint: str) -> None:
    page = f"/o/{line.org.public_id}/credentials/"
    given = {"part": "openai", "openai_api_key": OWN, "openai_endpoint": endpoint}
    answer = browser_of(cast.adam).post(page, given, follow=True)
    assert "Saved and verified" in answer.text


def hears_a_preview(line: PhoneNumber, cast) -> None:
    given = {"tts": "openai", "language": "en", "greeting": "Good morning."}
    answer = browser_of(cast.adam).post(f"/o/{line.org.public_id}/agents/voice/", given)
    assert answer.status_code == 200, answer.text


def asks_the_doctor(line: PhoneNumber, cast, settings) -> None:
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    answer = browser_of(cast.adam).get(f"/o/{line.org.public_id}/doctor/slow/")
    assert answer.status_code == 200
    settings.TWILIO_APP_URL = "http://localhost:8000"


def is_called(line: PhoneNumber) -> None:
    """The webhook, the connections that it has opened, and a call with all three parts."""
    call = line.answered()
    setup: EngineSetup = preparation.setup_of(call)
    stream = Stream()

    async def scenario() -> None:
        await connect({"openai"}, setup.credentials)
        task = serving(stream)
        stream.starts(make_ticket(call))
        await greeted_and_answered(stream)
        stream.stops()
        await task
        await all_written(shared)
        await registry.aclose()

    with media_process() as shared:
        asyncio.run(scenario())


def goes_every_way(line: PhoneNumber, cast, settings) -> None:
    hears_a_preview(line, cast)
    asks_the_doctor(line, cast, settings)
    is_called(line)


def asked_for_all_parts(server: OpenAIServer) -> bool:
    return all(server.asked(part) for part in ("stt", "llm", "tts"))


def test_a_key_with_a_server_goes_to_that_server_alone(line, cast, servers, settings):
    types_it_into_the_form(line, cast, servers.named.url)
    goes_every_way(line, cast, settings)
    assert servers.keys() == (set(), set(), {OWN})
    assert asked_for_all_parts(servers.named)


def test_a_key_without_a_server_goes_to_openai_alone(line, cast, servers, settings):
    types_it_into_the_form(line, cast, "")
    goes_every_way(line, cast, settings)
    assert servers.keys() == (set(), {OWN}, set())
    assert asked_for_all_parts(servers.openais)


def test_the_platforms_key_goes_to_the_platforms_server_alone(line, cast, servers, settings):
    goes_every_way(line, cast, settings)
    assert servers.keys() == ({PLATFORMS}, set(), set())
    assert asked_for_all_parts(servers.platforms)


def test_headers_of_the_platforms_environment_do_not_go_along(line, cast, servers, monkeypatch):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-gateway-key: platform-canary")
    types_it_into_the_form(line, cast, servers.named.url)
    hears_a_preview(line, cast)
    assert servers.named.requests
    assert all("x-gateway-key" not in request.headers for request in servers.named.requests)


def test_a_stored_key_does_not_open_for_another_server(line):
    store_secret(
        line.org,
        name="openai_api_key",
        value=OWN,
        endpoint="https://models.example/v1",
        actor=None,
    )
    for endpoint in ("", "https://evil.example/v1"):
        line.org.secrets.update(endpoint=endpoint)
        with pytest.raises(SecretUnreadable):
            SealedSecrets(line.org).credential("openai_api_key")


def test_a_key_from_before_servers_could_be_named_is_openais(line, settings):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    store_secret(line.org, name="openai_api_key", value=OWN, actor=None)
    access = credentials_of(line.org).of("openai")
    assert (access.key, access.endpoint, access.is_fenced) == (OWN, "", False)


def test_the_settings_models_are_not_asked_of_another_server(line, settings):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.OPENAI_LLM_MODEL, settings.OPENAI_TTS_FORMAT = "llama3", "mp3"
    assert credentials_of(line.org).default("openai.llm_model") == "llama3"
    store_secret(line.org, name="openai_api_key", value=OWN, actor=None)
    own = credentials_of(line.org)
    assert (own.default("openai.llm_model"), own.default("openai.tts_format")) == ("", "")
    settings.OPENAI_BASE_URL = ""
    assert credentials_of(line.org).default("openai.llm_model") == "llama3"


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://models.example/v1", "must begin with https://"),
        ("http://127.0.0.1:11434/v1", "must begin with https://"),
        ("https://user:pw@models.example/", "can’t contain a user name"),
        ("models.example", "Enter the base address"),
        ("https://127.0.0.1:9/v1", "allowed to send requests to the provider"),
        ("https://[::ffff:169.254.169.254]/v1", "allowed to send requests to the provider"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_beside_its_field(
    line, cast, settings, endpoint, words
):
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    page = f"/o/{line.org.public_id}/credentials/"
    given = {"part": "openai", "openai_api_key": OWN, "openai_endpoint": endpoint}
    answer = browser_of(cast.adam).post(page, given)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="id_openai_endpoint_error"' in answer.text
    assert OWN not in answer.text
    assert not line.org.secrets.exists()


def test_an_address_that_was_allowed_once_is_not_asked_when_it_no_longer_is(
    line, cast, servers, settings
):
    types_it_into_the_form(line, cast, servers.named.url)
    before = servers.named.connections
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    given = {"tts": "openai", "language": "en", "greeting": "Good evening."}
    answer = browser_of(cast.adam).post(f"/o/{line.org.public_id}/agents/voice/", given)
    assert answer.status_code == 422
    assert "allowed to send requests to the provider" in answer.text
    assert servers.named.connections == before


def test_the_page_names_the_server_of_a_stored_key_and_keeps_it_for_the_next_one(
    line, cast, servers
):
    types_it_into_the_form(line, cast, servers.named.url)
    page = browser_of(cast.adam).get(f"/o/{line.org.public_id}/credentials/").text
    assert f"<code>{servers.named.url}</code>" in page
    assert f'value="{servers.named.url}"' in page
    assert OWN not in page
