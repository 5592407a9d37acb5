"""Previews of a voice cost CPU or money: so many of one organization, and of all unproven ones."""

import pytest
from django.core.cache import cache

from accounts.members import asking, trust
from accounts.models import Organization
from accounts.secrets.vault import store_secret
from dashboard.agents import voice
from testing.office import Office, browser_of


@pytest.fixture
def heard(cast, monkeypatch):
    """A preview by the owner of one of the two organizations: the status of the answer."""
    cache.clear()

    async def spoken(setup, text):
        return b"RIFF"

    monkeypatch.setattr(voice, "spoken", spoken)
    pages = {
        name: (browser_of(owner), Office(org).url("agents/voice/"))
        for name, owner, org in (
            ("acorn", cast.alice, cast.acorn),
            ("birch", cast.charlie, cast.birch),
        )
    }

    def hear(name, tts="scripted"):
        browser, page = pages[name]
        return browser.post(page, {"greeting": "Hello.", "tts": tts}).status_code

    return hear


def test_unproven_organizations_share_one_small_number(heard, monkeypatch):
    Organization.objects.update(proven_at=None)
    monkeypatch.setattr(trust, "PREVIEWS_OF_POOL_A_MINUTE", 2)
    assert [heard("acorn"), heard("birch"), heard("birch"), heard("acorn")] == [200, 200, 429, 429]


def test_a_proven_organization_has_a_number_of_its_own(heard, monkeypatch):
    monkeypatch.setattr(trust, "PREVIEWS_A_MINUTE", 1)
    assert [heard("acorn"), heard("acorn"), heard("birch")] == [200, 429, 200]


def test_a_preview_of_the_organizations_own_server_takes_a_place(
    heard, cast, settings, monkeypatch
):
    settings.OPENAI_API_KEY = "sk-platform"
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    assert heard("acorn", tts="openai") == 200
    at = "https://models.example.com/v1"
    store_secret(cast.acorn, name="openai_api_key", value="sk-own", endpoint=at, actor=None)
    assert heard("acorn", tts="openai") == 422
