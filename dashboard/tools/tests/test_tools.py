"""The pages of tools: written, tried, imported, deleted, with secrets that are never shown."""

import json

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, HostSecret
from accounts.secrets import host_secrets
from agents.http_tools import calling, mcp, storing
from agents.http_tools.definition import Definition, Kind, Parameter
from agents.http_tools.models import HttpTool
from agents.tools.base import ToolFailed
from agents.versions.publishing import publish
from dashboard.tools import editor
from testing.filled_forms import as_shown
from testing.office import Office, browser_of

TOOL = Definition(
    "find_order",
    "Finds an order.",
    "https://api.example.com/orders/{order_id}?gift={gift}",
    parameters=(Parameter("order_id"), Parameter("gift", Kind.YES_NO, is_required=False)),
)
WRITTEN = {
    "name": "find_order",
    "description": "Finds an order.",
    "method": "GET",
    "url": "https://api.example.com/orders/{order_id}?gift={gift}",
    "headers": "Authorization: Bearer {secret.shop_key}\nX-A: 1",
    "body_kind": "none",
    "pick": "data.name",
    "filler": "One moment.",
    "asks_first": "on",
    "rows": "2",
    "p0_name": "order_id", "p0_kind": "text", "p0_required": "on",
    "p1_name": "gift", "p1_kind": "yes_no",
}  # fmt: skip


@pytest.fixture
def office(cast):
    cache.clear()  # how often tools were tried
    host_secrets.store(
        cast.acorn, name="shop_key", host="api.example.com", value="s3cret-12345", actor=None
    )
    return Office(cast.acorn)


@pytest.fixture
def bob(cast):
    return browser_of(cast.bob)


@pytest.fixture
def tool(office):
    return storing.save(office.org, TOOL, actor=None)


def test_a_member_writes_a_tool(office, bob):
    response = bob.post(office.url("tools/new/"), WRITTEN, follow=True)
    assert response.status_code == 200
    found = HttpTool.objects.get().definition
    assert found.parameters == (
        Parameter("order_id"), Parameter("gift", Kind.YES_NO, is_required=False),
    )  # fmt: skip
    assert found.headers == (("Authorization", "Bearer {secret.shop_key}"), ("X-A", "1"))
    assert (found.asks_first, found.writes, found.filler) == (True, False, "One moment.")
    assert "find_order" in bob.get(office.url("tools/")).text
    page = bob.get(office.url(f"tools/{HttpTool.objects.get().public_id}/")).text
    assert "s3cret" not in page
    assert 'value="order_id"' in page


def test_what_is_wrong_is_said_and_what_was_typed_stays(office, bob):
    wrong = WRITTEN | {"url": "http://10.0.0.1/{order_id}/{other}", "p1_name": "Gift!"}
    response = bob.post(office.url("tools/new/"), wrong)
    assert response.status_code == 422
    assert "must begin with https://" in response.text
    assert "“Gift!”" in response.text
    assert 'value="http://10.0.0.1/{order_id}/{other}"' in response.text
    assert not HttpTool.objects.exists()


def test_another_row_is_added_without_judging(office, bob):
    sent = WRITTEN | {"more": "1", "url": "", "writes": "on"}
    response = bob.post(office.url("tools/new/"), sent)
    assert response.status_code == 200
    assert 'name="p2_name"' in response.text
    assert "Please fix" not in response.text
    assert 'value="find_order"' in response.text
    assert response.context["form"]["writes"].value() is True


def changed(office, tool, **fields):
    definition = Definition(**{**_fields(HttpTool.objects.get().definition), **fields})
    return storing.save(office.org, definition, actor=None, tool=tool)


def test_parameters_of_a_colleague_are_kept_or_asked_about_as_one(office, bob, tool):
    page = office.url(f"tools/{tool.public_id}/")
    seen = as_shown(bob.get(page).text, "p0_name")
    # One that is removed moves the others up; one that is added has no row on the old page.
    fewer, more = TOOL.parameters[1:], (*TOOL.parameters, *map(Parameter, ("a", "b", "c")))
    for parameters in (fewer, more):
        url = f"https://api.example.com/{'/'.join(f'{{{each.name}}}' for each in parameters)}"
        changed(office, tool, parameters=parameters, url=url)
        answer = bob.post(page, seen | {"description": "Finds orders."}, follow=True)
        assert "and kept: Parameters, Request" in answer.text
        found = HttpTool.objects.get().definition
        assert (found.description, found.parameters) == ("Finds orders.", parameters)

    # What was typed stays, and the question is asked once.
    mine = seen | {"p1_description": "As a gift?", "url": TOOL.url}
    refused = bob.post(page, mine)
    assert refused.status_code == 422
    assert "Parameters: changed meanwhile by someone else or in another tab." in refused.text
    assert "Name: a" in refused.text
    assert HttpTool.objects.get().definition.parameters == more
    again = as_shown(refused.text, "p0_name")
    assert (again["p1_description"], again["p2_name"]) == ("As a gift?", "")
    # The request was left alone, and is the colleague's.
    again |= {"url": TOOL.url}
    assert bob.post(page, again).status_code == 302
    assert [each.name for each in HttpTool.objects.get().definition.parameters] == [
        "order_id",
        "gift",
    ]


def test_another_row_forgets_nothing_of_what_the_page_showed(office, bob, tool):
    page = office.url(f"tools/{tool.public_id}/")
    seen = as_shown(bob.get(page).text, "p0_name")
    changed(office, tool, filler="One moment.")
    sent = seen | {"pick": "data.name", "more": "1"}
    longer = as_shown(bob.post(page, sent).text, "p0_name")
    assert longer["initial-filler"] == ""
    assert longer["rows"] == "5"
    more = {"p4_name": "size", "url": f"{TOOL.url}&size={{size}}"}
    answer = bob.post(page, longer | more, follow=True)
    assert "and kept: Said while it works." in answer.text
    found = HttpTool.objects.get().definition
    assert (found.filler, found.pick, found.parameters[2].name) == (
        "One moment.",
        "data.name",
        "size",
    )


def test_a_deleted_tool_is_made_anew_with_all_that_stood_on_its_page(office, bob, tool):
    page = office.url(f"tools/{tool.public_id}/")
    seen = as_shown(bob.get(page).text, "p0_name")
    storing.delete(tool, actor=None)
    gone = bob.post(page, seen | {"pick": "data"})
    assert gone.status_code == 422
    assert bob.post(office.url("tools/new/"), as_shown(gone.text, "p0_name")).status_code == 302
    found = HttpTool.objects.get().definition
    assert (found.description, found.parameters) == (TOOL.description, TOOL.parameters)


@pytest.fixture
def answers(monkeypatch):
    """What servers answer to a trial."""
    asked = []

    async def call(definition, values, secrets, **options):
        asked.append(values)
        if values["order_id"] == "0":
            raise ToolFailed("The server has a fault (500).")
        return "<b>on its way</b>"

    monkeypatch.setattr(calling, "call", call)
    return asked


def test_a_tool_is_tried(office, bob, tool, answers):
    page = office.url(f"tools/{tool.public_id}/try/")
    response = bob.post(page, {"arg_order_id": "7", "arg_gift": "true"})
    assert "&lt;b&gt;on its way" in response.text
    assert answers == [{"order_id": "7", "gift": True}]
    assert "The server has a fault (500)." in bob.post(page, {"arg_order_id": "0"}).text
    assert bob.post(page, {}).status_code == 422
    assert AuditEntry.objects.filter(action="tool.tried").count() == 2


def test_trials_are_throttled_with_a_sentence(office, bob, tool, monkeypatch):
    def refused(*args, **kwargs):
        raise ValidationError("Too many tries. Try again in a minute.")

    monkeypatch.setattr(storing, "try_out", refused)
    response = bob.post(office.url(f"tools/{tool.public_id}/try/"), {"arg_order_id": "7"})
    assert response.status_code == 422
    assert "Too many tries" in response.text


def test_an_agent_gets_a_changed_tool_by_a_button(office, bob, tool):
    publish(office.agent, settings={"tools": {"enabled": "find_order"}})
    changed = storing.save(
        office.org, Definition(**{**_fields(TOOL), "pick": "a"}), actor=None, tool=tool
    )
    home = office.url(f"tools/{tool.public_id}/")
    assert "Publish with the changed tool" in bob.get(home).text
    sent = {"agent": office.agent.public_id}
    asked = bob.post(f"{home}publish/", sent)
    assert asked.status_code == 422
    assert "Publish with these warnings?" in asked.text
    sent["accepted"] = asked.context["gate"].accepts
    response = bob.post(f"{home}publish/", sent, follow=True)
    assert "uses the changed tool" in response.text
    assert "Publish with the changed tool" not in response.text
    office.agent.refresh_from_db()
    assert office.agent.published.config().http_tools == (changed.definition,)


def test_a_version_that_is_refused_with_a_changed_tool_is_said_in_words(
    office, bob, tool, monkeypatch
):
    def refused(*args, **kwargs):
        raise ValidationError("Too many large versions were saved today.")

    monkeypatch.setattr(editor, "publish_with_newest_tools", refused)
    sent = {"agent": office.agent.public_id}
    response = bob.post(office.url(f"tools/{tool.public_id}/publish/"), sent, follow=True)
    assert "Too many large versions were saved today." in response.text


def _fields(definition):
    return {name: getattr(definition, name) for name in definition.__dataclass_fields__}


def test_a_tool_is_deleted_after_a_question(office, bob, tool):
    publish(office.agent, settings={"tools": {"enabled": "find_order"}})
    page = office.url(f"tools/{tool.public_id}/delete/")
    assert office.agent.name in bob.get(page).text
    bob.post(page)
    assert not HttpTool.objects.exists()


def test_the_editor_of_an_agent_offers_the_tools(office, bob, tool):
    edit = office.url(f"agents/{office.agent.public_id}/edit/")
    page = bob.get(edit)
    assert 'value="find_order"' in page.text
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent = {name: value for name, value in sent.items() if value is not False}
    sent |= {"tools_enabled": ["find_order"], "view": page.context["view"]}
    response = bob.post(edit, sent, follow=True)
    assert response.status_code == 200
    office.agent.refresh_from_db()
    assert office.agent.draft.fields["settings"]["tools"] == {"enabled": "find_order"}
    tool.delete()
    assert "find_order (deleted)" in bob.get(edit).text


def test_admins_save_secrets_that_are_never_shown(cast, office, bob):
    adam = browser_of(cast.adam)
    sent = {"name": "crm", "host": "crm.example.com", "secret_value": "t0p-secret-value"}
    response = adam.post(office.url("tools/secrets/"), sent, follow=True)
    assert "crm.example.com" in response.text
    assert "t0p-secret" not in response.text
    assert HostSecret.objects.filter(name="crm").exists()
    wrong = adam.post(office.url("tools/secrets/"), sent | {"host": "no host"})
    assert wrong.status_code == 422
    assert "t0p-secret" not in wrong.text
    assert 'name="secret_value"' not in bob.get(office.url("tools/")).text
    adam.post(office.url("tools/secrets/clear/"), {"name": "crm"})
    assert not HostSecret.objects.filter(name="crm").exists()


def test_a_secret_is_replaced_only_by_whoever_says_so(cast, office):
    adam = browser_of(cast.adam)
    sent = {"name": "crm", "host": "crm.example.com", "secret_value": "t0p-secret-value"}
    adam.post(office.url("tools/secrets/"), sent)
    other = sent | {"name": "CRM", "host": "api.example.com", "secret_value": "another-value"}
    refused = adam.post(office.url("tools/secrets/"), other)
    assert refused.status_code == 422
    assert "a secret with this name already, for crm.example.com" in refused.text
    assert HostSecret.objects.get(name="crm").host == "crm.example.com"
    adam.post(office.url("tools/secrets/"), other | {"may_replace": "on"})
    assert HostSecret.objects.get(name="crm").host == "api.example.com"


def test_a_document_yields_forms_that_are_saved_one_by_one(office, bob):
    document = {
        "openapi": "3.0.0",
        "servers": [{"url": "https://api.example.com"}],
        "paths": {
            "/orders/{id}": {
                "delete": {
                    "operationId": "cancelOrder",
                    "summary": "Cancels <an order>.",
                    "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                }
            }
        },
    }
    page = bob.post(office.url("tools/import/"), {"document": json.dumps(document)})
    assert page.status_code == 200
    assert "cancel_order" in page.text
    assert "<an order>" not in page.text
    assert not HttpTool.objects.exists()
    [row] = page.context["rows"]
    opened = bob.post(office.url("tools/new/"), dict(row["fields"]) | {"proposed": "1"})
    assert opened.status_code == 200
    assert not HttpTool.objects.exists()
    bob.post(office.url("tools/new/"), dict(row["fields"]))
    found = HttpTool.objects.get().definition
    assert (found.method, found.writes, found.asks_first) == ("DELETE", True, True)
    assert bob.post(office.url("tools/import/"), {"document": "hello"}).status_code == 422


def test_the_tools_of_a_server_become_forms(office, bob, monkeypatch):
    echoed = {"type": "object", "properties": {"s3cret-12345": {"description": "s3cret-12345"}}}
    listed = [
        {"name": "findOrder", "description": "Finds.", "inputSchema": {}},
        {"name": "s3cret-12345", "description": "For s3cret-12345.", "inputSchema": echoed},
    ]

    async def tools_at(url, headers, **options):
        assert (url, headers["Authorization"]) == (
            "https://api.example.com/mcp", b"Bearer s3cret-12345",
        )  # fmt: skip
        if not listed:
            raise mcp.McpFailed("The server refused it. It says: s3cret-12345")
        return listed

    monkeypatch.setattr(mcp, "tools_at", tools_at)
    page, sent = office.url("tools/import/mcp/"), {
        "url": "https://api.example.com/mcp",
        "headers": "Authorization: Bearer {secret.shop_key}",
    }  # fmt: skip
    found = bob.post(page, sent)
    row, _echoing = found.context["rows"]
    assert "s3cret" not in found.text
    bob.post(office.url("tools/new/"), dict(row["fields"]))
    saved = HttpTool.objects.get().definition
    assert (saved.name, saved.remote, saved.body) == ("find_order", "findOrder", "{}")
    assert (saved.method, saved.writes, saved.asks_first) == ("POST", True, True)
    listed.clear()
    refused = bob.post(page, sent)
    assert refused.status_code == 422
    assert "The server refused it" in refused.text
    assert "s3cret" not in refused.text
    assert bob.post(page, sent | {"url": "http://10.0.0.1/"}).status_code == 422
    assert AuditEntry.objects.filter(action="tool.listed").count() == 2


def test_a_number_of_rows_that_is_none_is_no_fault(office, bob):
    for rows in ("9" * 5_000, "-1", "x"):
        assert bob.post(office.url("tools/new/"), {"rows": rows}).status_code == 422


def test_an_old_session_sends_what_callers_say_to_no_new_address(cast, office, tool):
    stale = browser_of(cast.bob, logged_in_ago=100_000)
    page = office.url(f"tools/{tool.public_id}/")
    elsewhere = WRITTEN | {"url": "https://evil.example/{order_id}?gift={gift}", "headers": ""}
    for address in (page, office.url("tools/new/")):
        assert "reauthenticate" in stale.post(address, elsewhere | {"name": "other"}).url
    assert stale.post(page, WRITTEN | {"description": "Finds it."}).url == page
    [kept] = storing.tools_of(office.org)
    assert (kept.definition.url, kept.definition.description) == (TOOL.url, "Finds it.")
    browser_of(cast.bob).post(page, elsewhere)
    acts = AuditEntry.objects.filter(action__startswith="tool.").order_by("pk")
    assert [each.action for each in acts][-2:] == ["tool.changed", "tool.redirected"]
