"""Pages of an organization reach its tables through its id alone: a query without it is no code."""

import ast
import re
from types import ModuleType

import pytest

from dashboard.live import live_calls
from tests.queries import owned_models, queries_in
from tests.security.modules import modules, tree_of

# The operator's pages show every organization, tags those of a member; sockets are admitted by the
# number of a call.
OTHERS = ("dashboard.operator.", "dashboard.templatetags.", "dashboard.live.access")
PAGES = [
    each
    for each in modules()
    if each.__name__.startswith("dashboard.") and not each.__name__.startswith(OTHERS)
]
# Services and selectors: whatever says that it works for one organization.
SERVICES = [
    each
    for each in modules()
    if not {"admin", "operator", "models"} & set(each.__name__.split("."))
]
# The platform's own, with the reason.
PLATFORMS = {
    "usage.records.dead_letters DeadLetter": "the operator looks at those of all organizations",
    "accounts.keys.api_keys ApiKey": "a prefix is of one key among those of all organizations",
}


def unscoped(module: ModuleType, tree: ast.AST) -> list[str]:
    """Queries that name no organization, each with its place."""
    return [f"{q.place} {q.model}" for q in queries_in(module, tree) if not q.is_scoped]


def for_an_organization(tree: ast.AST) -> list[ast.FunctionDef]:
    """Functions whose first parameter is the organization."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [each for each in functions if each.args.args and each.args.args[0].arg == "org"]


def test_no_page_asks_an_organizations_table_without_the_organization():
    assert [found for page in PAGES for found in unscoped(page, tree_of(page))] == []


@pytest.mark.slow  # reads every service
def test_nothing_that_works_for_an_organization_asks_without_it():
    found = [
        each
        for module in SERVICES
        for function in for_an_organization(tree_of(module))
        for each in unscoped(module, function)
    ]
    assert [each for each in found if re.sub(r":\d+", "", each) not in PLATFORMS] == []


def test_the_search_finds_what_there_is():
    tables = {model._meta.db_table for model in owned_models()}
    assert {"usage_call", "usage_turn", "agents_agent", "accounts_apikey"} <= tables
    assert sum(1 for page in PAGES for _ in queries_in(page, tree_of(page))) >= 10


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.filter(call_sid=sid).first()",
        "Call.objects.all()",
        "Call.objects.get(pk=1)",
        "Call._default_manager.filter(pk=1)",
        "Turn.objects.in_bulk([1])",
        "get_object_or_404(Call, call_sid=sid)",
        "newest = Call.objects",
        "Call.objects.exclude(org=request.org)",
        "Call.objects.filter(pk=1).update(org=request.org)",
        "models.Call.objects.get(pk=1)",
        "shortcuts.get_object_or_404(Call, call_sid=sid)",
        "from usage.models import Recording; Recording.objects.get(pk=1)",
    ],
)
def test_a_query_from_which_the_organization_is_taken_fails(source):
    assert len(unscoped(live_calls, ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.filter(org=org, call_sid=sid).first()",
        "Call.objects.filter(with_slot(now), org=request.org, ended_at=None)",
        "get_object_or_404(Call, org=request.org, call_sid=sid)",
        "request.org.calls.filter(call_sid=sid)",
    ],
)
def test_a_query_with_it_passes(source):
    assert unscoped(live_calls, ast.parse(source)) == []
