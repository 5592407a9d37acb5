"""The gate: what is red refuses, what is yellow asks, and both say what to do."""

import time

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts.members import asking as places
from accounts.members import trust
from accounts.models import Organization
from accounts.secrets.vault import store_secret
from agents.providers import credential_checks
from agents.versions.drafts import draft_of, publish_draft, save_draft, view_of
from agents.versions.duplicate import duplicate_agent
from agents.versions.gate import asking
from agents.versions.gate.findings import State, are_accepted, of_state, warnings_in
from agents.versions.gate.gate import GateClosed, examine
from agents.versions.gate.services import create_checked_agent, edit_checked_agent
from agents.versions.history import roll_back, version_of
from agents.versions.publishing import create_agent, publish
from voicex.errors import EngineBusy, EngineRefused


@pytest.fixture(autouse=True)
def no_platform_keys(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = settings.GOOGLE_APPLICATION_CREDENTIALS = (
        ""
    )


@pytest.fixture(autouse=True)
def nothing_asked_yet():
    cache.clear()


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Front desk", greeting="Hello.")


@pytest.fixture
def provider(monkeypatch):
    """What a provider says of its key and models: an error to raise, or their names."""
    says = {"answer": frozenset(), "asked": []}

    def known_models(engine, credentials):
        says["asked"].append(engine)
        if isinstance(says["answer"], Exception):
            raise says["answer"]
        return says["answer"]

    monkeypatch.setattr(credential_checks.registry, "known_models", known_models)
    return says


def drafts(agent, **fields):
    """Save a draft; what publishing it takes."""
    save_draft(agent, actor=None, view=view_of(agent, draft_of(agent)), **fields)
    return {"actor": None, "view": view_of(agent, draft_of(agent))}


def test_a_new_organization_is_told_that_nobody_is_put_through(agent):
    publish(agent, actor=None, settings={"transfers": {"targets": "Sales = +14155550100"}})
    assert "transfers:new" not in found(agent, State.WARN)
    agent.org.proven_at = None
    assert "transfers:new" in found(agent, State.WARN)


def found(agent, state, *, asks=False):
    return [each.code for each in of_state(examine(agent, agent.published, asks=asks), state)]


def own_key(agent):
    store_secret(agent.org, name="openai_api_key", value="sk-own", actor=None)


def test_a_draft_whose_provider_has_no_key_is_refused_with_the_remedy(agent):
    before = agent.published
    given = drafts(agent, llm="openai")
    with pytest.raises(GateClosed) as closed:
        publish_draft(agent, **given)
    assert not closed.value.is_question
    assert closed.value.messages == [
        "This agent uses OpenAI, but no API key is set. "
        "Add a key under Credentials, or choose another engine."
    ]
    agent.refresh_from_db()
    assert agent.published == before
    assert draft_of(agent) is not None

    own_key(agent)
    assert publish_draft(agent, **given).llm == "openai"


def test_what_is_red_cannot_be_accepted(agent):
    given = drafts(agent, llm="openai", facts="Hours: [[hours]]")
    with pytest.raises(GateClosed) as closed:
        publish_draft(agent, accepted="", **given)
    with pytest.raises(GateClosed):
        publish_draft(agent, accepted=closed.value.accepts, **given)


def test_what_is_yellow_asks_once_and_says_what_is_missing(agent):
    given = drafts(agent, facts="Hours: [[hours]]\nParking: behind the house.")
    with pytest.raises(GateClosed) as closed:
        publish_draft(agent, accepted="", **given)
    assert closed.value.is_question
    assert "1 fact isn’t filled in: Hours." in closed.value.messages[0]
    assert publish_draft(agent, accepted=closed.value.accepts, **given).number == 2


def test_a_warning_that_was_not_read_asks_again(agent):
    given = drafts(agent, facts="Hours: [[hours]]")
    with pytest.raises(GateClosed) as closed:
        publish_draft(agent, accepted="", **given)
    given = drafts(agent, facts="Hours: [[hours]]\nParking: [[where]]")
    with pytest.raises(GateClosed) as again:
        publish_draft(agent, accepted=closed.value.accepts, **given)
    assert again.value.accepts != closed.value.accepts


def test_no_person_to_ask_lets_warnings_pass(agent):
    assert publish_draft(agent, **drafts(agent, facts="Hours: [[hours]]")).number == 2


def test_a_member_who_was_overtaken_hears_that_first(agent):
    given = drafts(agent, llm="openai")
    drafts(agent, llm="openai", greeting="Good day.")
    with pytest.raises(ValidationError) as overtaken:
        publish_draft(agent, accepted="", **given)
    assert not isinstance(overtaken.value, GateClosed)


def test_an_old_version_comes_back_through_the_gate(agent):
    publish(agent, llm="openai")
    publish(agent, llm="")
    with pytest.raises(GateClosed):
        roll_back(agent, to=version_of(agent, number=2), actor=None)
    agent.refresh_from_db()
    assert agent.published.number == 3


def test_an_agent_that_cannot_answer_is_made_inactive_and_switched_on_only_with_a_key(cast):
    agent = create_checked_agent(cast.acorn, name="Desk", actor=cast.bob, llm="openai")
    assert not agent.is_active
    with pytest.raises(GateClosed):
        edit_checked_agent(agent, actor=cast.bob, is_active=True)
    agent.refresh_from_db()
    assert not agent.is_active
    own_key(agent)
    edit_checked_agent(agent, actor=cast.bob, is_active=True)
    agent.refresh_from_db()
    assert agent.is_active


def test_a_copy_waits_inactive_and_meets_the_gate_when_it_is_switched_on(agent):
    publish(agent, llm="openai")
    copy = duplicate_agent(agent, name="Copy", actor=None)
    assert not copy.is_active
    with pytest.raises(GateClosed):
        edit_checked_agent(copy, actor=None, is_active=True)


def test_a_renamed_agent_meets_no_gate(agent):
    publish(agent, llm="openai")
    edit_checked_agent(agent, actor=None, name="Reception", is_active=True)
    agent.refresh_from_db()
    assert (agent.name, agent.is_active) == ("Reception", True)


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (EngineRefused(), State.BAD, "key_refused:openai"),
        (EngineBusy(), State.WARN, "key_away:openai"),
        (frozenset(), State.GOOD, "key_good:openai"),
        (frozenset({"gpt-5"}), State.GOOD, "key_good:openai"),
    ],
)
def test_the_provider_is_asked_about_the_key(agent, provider, answer, state, code):
    own_key(agent)
    publish(agent, llm="openai")
    assert not provider["asked"]
    provider["answer"] = answer
    assert code in found(agent, state, asks=True)
    assert provider["asked"] == ["openai"]
    assert "key_set:openai" not in found(agent, State.GOOD, asks=True)


@pytest.mark.parametrize(
    ("endpoint", "state"), [("", State.BAD), ("https://models.example.com/v1", State.WARN)]
)
def test_a_model_that_the_provider_does_not_list(agent, provider, endpoint, state):
    store_secret(agent.org, name="openai_api_key", value="sk-own", endpoint=endpoint, actor=None)
    publish(agent, llm="openai", settings={"engines": {"openai.llm_model": "gpt-none"}})
    provider["answer"] = frozenset({"gpt-5"})
    assert "model:gpt-none" in found(agent, state, asks=True)
    provider["answer"] = frozenset({"gpt-5", "gpt-none"})
    assert "model:gpt-none" not in found(agent, state, asks=True)


def test_a_provider_without_a_key_is_not_asked(agent, provider):
    publish(agent, llm="openai")
    assert found(agent, State.BAD, asks=True) == ["key:openai"]
    assert not provider["asked"]


def test_a_server_that_hangs_is_waited_for_no_longer_than_the_bound(agent, monkeypatch):
    own_key(agent)
    publish(agent, llm="openai")
    monkeypatch.setattr(asking, "SECONDS", 0.05)
    monkeypatch.setattr(credential_checks.registry, "known_models", lambda *_given: time.sleep(0.5))
    begun = time.monotonic()
    assert asking.LATE in found(agent, State.WARN, asks=True)
    assert time.monotonic() - begun < 0.4


def test_a_check_that_breaks_keeps_no_one_from_publishing(agent, provider):
    own_key(agent)
    publish(agent, llm="openai")
    provider["answer"] = ValueError("odd")
    assert found(agent, State.BAD, asks=True) == []
    assert asking.LATE in found(agent, State.WARN, asks=True)


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"tts": "openai", "voice": "nova"}, False),
        ({"tts": "openai", "voice": "hedwig"}, True),
        ({"tts": "google", "voice": "en-US-Chirp3-HD-Kore"}, False),
        ({"tts": "google", "voice": "de-DE-Chirp3-HD-Kore"}, True),
        ({"tts": "google", "voice": "custom"}, False),
    ],
)
def test_the_voice_speaks_the_agents_language(agent, settings, fields, warned):
    settings.OPENAI_API_KEY, settings.GOOGLE_APPLICATION_CREDENTIALS = "sk-1", "{}"
    publish(agent, **fields)
    assert any(code.startswith("voice:") for code in found(agent, State.WARN)) is warned


def test_each_language_is_spoken_by_the_engines_and_its_voice(agent, settings):
    settings.OPENAI_API_KEY = "sk-1"
    parts = dict.fromkeys(("stt", "llm", "tts"), "openai")
    publish(agent, **parts, settings={"speech": {"languages": "de = nova"}})
    assert not [c for c in found(agent, State.WARN) if c.startswith("voice:")]
    publish(agent, **parts, settings={"speech": {"languages": "de = hedwig"}})
    assert "voice:hedwig:de" in found(agent, State.WARN)
    publish(agent, **parts | {"tts": "local"}, settings={"speech": {"languages": "de"}})
    assert "engine:tts:local:de" in found(agent, State.BAD)


def test_an_engine_that_is_gone_is_red(agent, settings):
    publish(agent, llm="scripted")
    assert found(agent, State.BAD) == []
    settings.TEST_ENGINES = False
    assert found(agent, State.BAD) == ["engine:llm:scripted"]


def test_the_warnings_that_are_accepted_name_no_words(agent):
    publish(agent, facts="Hours: [[hours]]")
    warned = warnings_in(examine(agent, agent.published))
    assert len(warned) == 8
    assert are_accepted("", "")
    assert are_accepted(warned, f"{warned}-00000000")
    assert not are_accepted(warned, "")


def test_an_organization_that_publishes_all_the_time_has_others_asked_no_more(
    agent, cast, provider, monkeypatch
):
    monkeypatch.setattr(trust, "SETUP_CHECKS_A_MINUTE", 2)
    own_key(agent)
    publish(agent, actor=None, llm="openai")
    for _ in range(4):
        codes = found(agent, State.WARN, asks=True)
    assert asking.LATE in codes
    assert len(provider["asked"]) == 2
    other = create_agent(cast.birch, name="Other", greeting="Hello.")
    own_key(other)
    publish(other, actor=None, llm="openai")
    assert asking.LATE not in found(other, State.WARN, asks=True)
    assert len(provider["asked"]) == 3


def test_new_organizations_have_few_checks_together(agent, cast, provider, monkeypatch):
    Organization.objects.update(proven_at=None)
    monkeypatch.setattr(trust, "SETUP_CHECKS_OF_POOL_A_MINUTE", 1)
    for org in (cast.acorn, cast.birch):
        made = create_agent(Organization.objects.get(pk=org.pk), name="New", greeting="Hello.")
        own_key(made)
        publish(made, actor=None, llm="openai")
        codes = found(made, State.WARN, asks=True)
    assert asking.LATE in codes
    assert len(provider["asked"]) == 1


def test_nobody_is_asked_while_too_many_wait_and_the_warning_says_so(agent, provider, monkeypatch):
    own_key(agent)
    publish(agent, actor=None, llm="openai")
    monkeypatch.setattr(places, "AT_ONCE", 0)
    [warned] = [each for each in examine(agent, agent.published, asks=True) if each.code == "late"]
    assert "too many were requested" in warned.text
    assert not provider["asked"]
