"""`manage.py bootstrap`: one command, and a call can come."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.keys.api_keys import find_key, revoke_key
from accounts.members.organizations import create_organization
from accounts.models import Membership, Organization, User
from agents.models import Agent
from agents.versions.publishing import agent_named, edit_agent, first_active


@pytest.fixture(autouse=True)
def _database(db, cheap_passwords):
    """Every test writes; no password here is worth a strong hash."""


def run(*args):
    out = StringIO()
    call_command("bootstrap", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_it_makes_an_organization_whose_agent_knows_its_business(settings):
    made = run("--org", "Bright Smiles")
    assert list(made) == ["org_id", "agent_id", "api_key", "webhook_url", "login", "password"]
    org = Organization.objects.get(name="Bright Smiles")
    assert made["org_id"] == org.public_id
    config = first_active(org).published.config()
    assert config.agent_id == made["agent_id"]
    assert config.greeting
    assert config.prompt
    assert len(config.facts) >= 12
    assert all(fact.topic != fact.text for fact in config.facts)
    assert (config.stt, config.llm, config.tts) == ("local", "local", "local")
    assert find_key(made["api_key"], now=timezone.now()).org == org
    assert made["webhook_url"] == (
        f"{settings.TWILIO_APP_URL}/api/twilio/voice?api_key={made['api_key']}"
    )


def test_the_owner_logs_in_and_has_no_right_on_the_platform():
    made = run()
    owner = User.objects.get(email=made["login"])
    assert owner.check_password(made["password"])
    assert (owner.is_staff, owner.is_superuser) == (False, False)
    member = Membership.objects.get(user=owner)
    assert (member.role, member.org.public_id) == ("owner", made["org_id"])


def test_again_it_finds_the_same_and_leaves_the_password_alone(capsys):
    first, second = run(), run()
    password = first.pop("password")
    assert second.pop("password") == ""
    assert "Use --new-password to set another one" in capsys.readouterr().err
    assert second == first
    assert User.objects.get().check_password(password)
    assert (Organization.objects.count(), Agent.objects.count()) == (1, 1)
    assert first_active(Organization.objects.get()).published.number == 1


def test_a_new_password_is_given_when_it_is_asked_for():
    first, second = run(), run("--new-password")
    assert second["password"] not in ("", first["password"])
    assert User.objects.get().check_password(second["password"])


def test_other_names_make_other_organizations_even_with_the_same_slug():
    made = [run("--org", name) for name in ("Caf\u00e9", "Cafe", "\u5317\u4eac", "\u4e0a\u6d77")]
    assert len({one["org_id"] for one in made}) == 4
    assert len({one["login"] for one in made}) == 4
    assert run("--org", "Cafe")["login"] == made[1]["login"]
    assert run("--org", "\u4e0a\u6d77")["login"] == made[3]["login"]


def test_engines_on_which_calls_would_fail_are_refused_with_the_remedy(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    with pytest.raises(CommandError, match=r"no API key is set\. Add a key"):
        run("--llm", "openai")
    assert not Organization.objects.exists()
    run()
    with pytest.raises(CommandError, match="no API key is set"):
        run("--llm", "openai")
    assert Agent.objects.get().published.number == 1


def test_the_platforms_own_engines_keep_no_server_from_starting(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    settings.DEFAULT_LLM = "openai"
    assert run()["agent_id"] == run()["agent_id"]


def test_engines_are_chosen_for_a_new_agent_and_published_for_an_old_one(settings):
    settings.OPENAI_API_KEY, settings.GOOGLE_APPLICATION_CREDENTIALS = "sk-1", "{}"
    first = run("--stt", "scripted", "--llm", "openai", "--tts", "google")
    agent = agent_named(Organization.objects.get(), public_id=first["agent_id"])
    assert (agent.published.stt, agent.published.llm, agent.published.tts) == (
        "scripted",
        "openai",
        "google",
    )
    run("--llm", "local")
    agent.refresh_from_db()
    assert (agent.published.number, agent.published.stt, agent.published.llm) == (
        2,
        "scripted",
        "local",
    )


def test_an_unknown_engine_is_refused_with_the_choices():
    with pytest.raises(CommandError, match=r"invalid choice: 'google'.*openai"):
        run("--stt", "google")
    assert not Organization.objects.exists()


def test_a_real_organization_keeps_its_people_and_their_passwords():
    alice = User.objects.create_user("alice@example.com", "her own password")
    create_organization(name="Acorn", owner=alice)
    made = run("--org", "Acorn")
    alice.refresh_from_db()
    assert alice.check_password("her own password")
    assert made["login"] != alice.email
    assert Organization.objects.get().memberships.count() == 2


def test_a_revoked_key_and_an_inactive_agent_are_replaced():
    first = run()
    org = Organization.objects.get()
    revoke_key(org, key=find_key(first["api_key"], now=timezone.now()), actor=None)
    edit_agent(first_active(org), actor=None, is_active=False)
    second = run()
    assert second["org_id"] == first["org_id"]
    assert find_key(second["api_key"], now=timezone.now()).org == org
    assert first_active(org).public_id == second["agent_id"] != first["agent_id"]


def test_without_json_it_prints_one_value_a_line():
    out = StringIO()
    call_command("bootstrap", stdout=out)
    lines = dict(line.split(maxsplit=1) for line in out.getvalue().splitlines())
    assert lines["webhook_url"].endswith(lines["api_key"])


def test_a_database_without_tables_is_explained_in_a_sentence(monkeypatch):
    def fail(*_args, **_kwargs):
        raise OperationalError("no such table: accounts_organization")

    monkeypatch.setattr("telephony.management.commands.bootstrap.bootstrap", fail)
    with pytest.raises(CommandError, match=r"Run `manage.py migrate` first"):
        run()
