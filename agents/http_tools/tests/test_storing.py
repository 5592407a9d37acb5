"""Tools of an organization: saved, taken along by versions, deleted, tried."""

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.members import asking, trust
from accounts.models import AuditEntry
from accounts.secrets import host_secrets
from agents.engines.chat.prompt import BY_OWN_TOOLS, system_prompt
from agents.http_tools import calling, limits, storing
from agents.http_tools.definition import Definition, Kind, Parameter
from agents.http_tools.models import HttpTool
from agents.models import AgentVersion
from agents.tools import hang_up, take_message
from agents.tools.base import ToolFailed
from agents.tools.registry import find, offered
from agents.versions.gate.gate import GateClosed, examine
from agents.versions.gate.services import publish_with_newest_tools
from agents.versions.preparing import prepare_old_versions
from agents.versions.publishing import create_agent, publish

pytestmark = pytest.mark.django_db

FIND = Definition(
    name="find_order",
    description="Finds an order.",
    url="https://api.example.com/orders/{order_id}",
    parameters=(Parameter("order_id"), Parameter("count", Kind.NUMBER, is_required=False)),
    headers=(("Authorization", "Bearer {secret.shop}"), ("X-Count", "{count}")),
    filler="One moment. I look it up.",
)


@pytest.fixture(autouse=True)
def secret(cast):
    cache.clear()  # how often tools were tried
    host_secrets.store(
        cast.acorn, name="shop", host="api.example.com", value="s3cret-value", actor=cast.alice
    )


@pytest.fixture
def tool(cast):
    return storing.save(cast.acorn, FIND, actor=cast.bob)


@pytest.fixture
def agent(cast, tool):
    return create_agent(
        cast.acorn, name="Desk", settings={"tools": {"enabled": "find_order, gone"}}
    )


def test_a_tool_is_stored_once_by_its_name(cast, tool):
    assert HttpTool.objects.get().definition == FIND
    with pytest.raises(ValidationError) as refused:
        storing.save(cast.acorn, FIND, actor=cast.bob)
    assert "name" in refused.value.message_dict
    storing.save(cast.birch, replace(FIND, headers=(("X-Count", "{count}"),)), actor=None)
    assert AuditEntry.objects.filter(action="tool.created", org=cast.acorn).count() == 1


def test_its_name_stays(cast, tool):
    with pytest.raises(ValidationError):
        storing.save(cast.acorn, replace(FIND, name="other"), actor=cast.bob, tool=tool)
    storing.save(cast.acorn, replace(FIND, pick="a"), actor=cast.bob, tool=tool)
    assert HttpTool.objects.get().definition.pick == "a"


def test_what_is_wrong_is_not_stored(cast):
    with pytest.raises(ValidationError) as refused:
        storing.save(cast.acorn, replace(FIND, url="http://10.0.0.1/{order_id}"), actor=None)
    assert set(refused.value.message_dict) == {"url"}
    assert not HttpTool.objects.exists()


def test_an_organization_has_a_bounded_number(cast, monkeypatch, tool):
    monkeypatch.setattr(limits, "TOOLS", 1)
    with pytest.raises(ValidationError):
        storing.save(cast.acorn, replace(FIND, name="another"), actor=None)


def test_a_call_reads_what_was_prepared_alone(agent, django_assert_num_queries):
    version = agent.published
    with django_assert_num_queries(0):
        config = version.config()
    assert config.http_tools == (FIND,)
    assert config.cuts[FIND.filler] == ("One moment. ", "I look it up.")
    assert [each.name for each in offered(config)] == [
        hang_up.NAME, take_message.NAME, "find_order",
    ]  # fmt: skip
    assert find("find_order", config.http_tools).schema()["required"] == ["order_id"]
    assert find("find_order") is None
    assert BY_OWN_TOOLS in system_prompt(config)
    assert BY_OWN_TOOLS not in system_prompt(config, has_tools=False)
    assert "s3cret-value" not in str(version.prepared)


def test_a_changed_or_deleted_tool_changes_no_published_version(cast, agent, tool):
    storing.save(cast.acorn, replace(FIND, pick="a"), actor=None, tool=tool)
    agent.refresh_from_db()
    assert agent.published.config().http_tools == (FIND,)
    [use] = storing.used_by(tool)
    assert (use.agent, use.is_current) == (agent, False)
    publish_with_newest_tools(agent, actor=cast.bob, note="", accepted=accepts(agent))
    agent.refresh_from_db()
    assert agent.published.number == 2
    assert agent.published.config().http_tools[0].pick == "a"
    assert storing.used_by(tool)[0].is_current
    storing.delete(tool, actor=cast.bob)
    assert agent.published.config().http_tools[0].pick == "a"
    publish(agent, greeting="Hello")
    assert agent.published.config().http_tools == ()
    assert AuditEntry.objects.filter(action="tool.deleted").count() == 1


def accepts(agent) -> str:
    with pytest.raises(GateClosed) as closed:
        publish_with_newest_tools(agent, actor=None, note="", accepted="")
    assert closed.value.is_question
    return closed.value.accepts


def test_the_gate_names_a_tool_that_is_gone_and_a_secret_that_is_not_saved(cast, agent):
    host_secrets.clear(cast.acorn, name="shop", actor=cast.alice)
    codes = {each.code for each in examine(agent, agent.published)}
    assert {"tool:gone", "tool:find_order:shop", "tools:local"} <= codes


def test_versions_that_are_prepared_anew_keep_their_tools(agent, tool):
    storing.delete(tool, actor=None)
    AgentVersion.objects.update(prepared=agent.published.prepared | {"format": 0})
    assert prepare_old_versions(AgentVersion.objects) == 1
    assert AgentVersion.objects.get().config().http_tools == (FIND,)


def test_another_organizations_tools_are_not_taken_along(cast, tool):
    other = create_agent(cast.birch, name="Desk", settings={"tools": {"enabled": "find_order"}})
    assert other.published.config().http_tools == ()


def test_two_rows_of_one_name_are_refused_by_the_database(cast, tool):
    with pytest.raises(IntegrityError):
        HttpTool.objects.create(org=cast.acorn, name="find_order", stored={})


@pytest.fixture
def called(monkeypatch):
    """What was called with which secrets; it gives a text."""
    found = []

    async def call(definition, values, secrets, **options):
        found.append((definition, values, secrets))
        if values["order_id"] == "0":
            raise ToolFailed("Nothing was found.")
        return "It is on its way."

    monkeypatch.setattr(calling, "call", call)
    return found


def test_a_trial_sends_what_a_call_would(cast, tool, called):
    tried = storing.try_out(cast.acorn, FIND, {"order_id": "1", "count": "2"}, actor=cast.bob)
    assert (tried.text, tried.is_error) == ("It is on its way.", False)
    assert called == [(FIND, {"order_id": "1", "count": 2}, {"shop": "s3cret-value"})]
    assert storing.try_out(cast.acorn, FIND, {"order_id": "0"}, actor=cast.bob).is_error
    entries = AuditEntry.objects.filter(action="tool.tried")
    assert {each.target for each in entries} == {"find_order at api.example.com"}


def test_arguments_that_do_not_fit_are_not_sent(cast, called):
    with pytest.raises(ValidationError):
        storing.try_out(cast.acorn, FIND, {"count": "2"}, actor=cast.bob)
    assert called == []


def test_trials_are_bounded(cast, called):
    for _ in range(trust.TOOL_TRIES_A_MINUTE):
        storing.try_out(cast.acorn, FIND, {"order_id": "1"}, actor=cast.bob)
    with pytest.raises(ValidationError, match="Too many"):
        storing.try_out(cast.acorn, FIND, {"order_id": "1"}, actor=cast.bob)


def test_no_server_is_asked_while_too_many_are(cast, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    with pytest.raises(ValidationError, match="Try again in a moment"):
        storing.try_out(cast.acorn, FIND, {"order_id": "1"}, actor=cast.bob)
    with pytest.raises(ValidationError, match="Try again in a moment"):
        storing.remote_tools(
            cast.acorn, url="https://api.example.com/mcp", headers=(), actor=cast.bob
        )
    assert not AuditEntry.objects.filter(action__in=["tool.tried", "tool.listed"]).exists()
