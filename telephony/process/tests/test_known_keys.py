"""What a process knows of keys: the newest ones stay, and a key that is revoked goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.keys.api_keys import issue_key
from accounts.models import ApiKey, Organization
from agents.models import Agent, AgentVersion
from telephony.process import known_keys
from telephony.process.known_keys import KnownKeys
from testing.cast import Cast

pytestmark = pytest.mark.django_db


def test_the_keys_that_were_used_last_are_let_go_last(cast: Cast, monkeypatch):
    ApiKey.objects.all().delete()
    now = timezone.now()
    texts = []
    for used_at in (now, now - timedelta(days=1), None):
        key, text = issue_key(cast.acorn, label="line")
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=used_at)
        texts.append(text)
    newest, older, never = texts
    keys = KnownKeys()
    keys.read()
    monkeypatch.setattr(known_keys, "MOST", 3)
    fresh, text = issue_key(cast.acorn, label="fresh")
    keys.learn(fresh, agent_id="", language="en")
    found = [keys.find(each, agent_id="") is not None for each in (newest, older, never, text)]
    assert found == [True, True, False, True]
    monkeypatch.setattr(known_keys, "MOST", 2)
    again = KnownKeys()
    ApiKey.objects.filter(pk=fresh.pk).delete()
    again.read()
    assert [again.find(each, agent_id="") is not None for each in texts] == [True, True, False]


def test_a_key_that_is_revoked_is_forgotten(cast: Cast):
    key, text = issue_key(cast.acorn, label="line")
    keys = KnownKeys()
    keys.learn(key, agent_id="", language="de")
    keys.read()
    assert keys.find(text, agent_id="")
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    keys.read()
    assert keys.find(text, agent_id="") is None


def test_who_asks_for_a_key_does_not_wait_while_those_read_are_put_in_order(
    cast: Cast, monkeypatch
):
    keys = KnownKeys()
    key, _ = issue_key(cast.acorn, label="line")
    keys.learn(key, agent_id="", language="de")
    kept: list[bool] = []
    keep = known_keys._keep

    def note(*args) -> None:
        kept.append(keys._lock.locked())
        keep(*args)

    monkeypatch.setattr(known_keys, "_keep", note)
    keys.read()
    assert kept
    assert not any(kept)
    assert keys.has_been_read


def test_the_language_of_a_key_is_its_agents_or_that_of_the_first_one(cast: Cast):
    key, text = issue_key(cast.acorn, label="line")
    first, second = (agent_of(cast.acorn, language) for language in ("de", "fr"))
    keys = KnownKeys()
    keys.read()
    found = {name: keys.find(text, agent_id=name) for name in ("", first, second, "nobody")}
    assert {name: key and key.language for name, key in found.items()} == {
        "": "de", first: "de", second: "fr", "nobody": "",
    }  # fmt: skip
    assert keys.owner_of(text) == cast.acorn.public_id
    assert keys.owner_of(f"{text[:-1]}x") == keys.owner_of("no key") == ""
    assert key.org_id == cast.acorn.pk


def test_what_a_call_teaches_while_all_are_read_stays(cast: Cast, monkeypatch):
    keys = KnownKeys()
    issue_key(cast.acorn, label="known")
    fresh, text = issue_key(cast.acorn, label="fresh")
    ApiKey.objects.filter(pk=fresh.pk).update(revoked_at=timezone.now())  # the read misses it
    keep = known_keys._keep

    def and_learn(*args) -> None:
        monkeypatch.setattr(known_keys, "_keep", keep)
        keys.learn(fresh, agent_id="664a1234abcd", language="de")
        keep(*args)

    monkeypatch.setattr(known_keys, "_keep", and_learn)
    keys.read()
    found = keys.find(text, agent_id="664a1234abcd")
    assert found is not None
    assert found.language == "de"


def agent_of(org: Organization, language: str) -> str:
    """The public id of a new agent of `org` that speaks `language`."""
    agent = Agent.objects.create(org=org, name=language)
    agent.published = AgentVersion.objects.create(
        agent=agent, number=1, greeting="Hello.", language=language
    )
    agent.save()
    return agent.public_id
