"""Queries in source that touch an organization's table, and whether each names the organization."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from django.apps import apps

from accounts.row_owners import owned_tables

MANAGERS: Final = frozenset(("objects", "_default_manager", "_base_manager"))
SHORTCUTS: Final = frozenset(("get_object_or_404", "get_list_or_404"))
# Their arguments hold a query to nothing.
NOT_HOLDING: Final = frozenset(("exclude", "annotate", "alias", "aggregate", "update"))
# By these a query is held to the organization.
OWN: Final = frozenset(("org", "org_id", "org__public_id", "call__org"))


@dataclass(frozen=True, slots=True)
class Query:
    """One that begins at a model itself. names: of its conditions."""

    place: str
    model: str
    names: frozenset[str]

    @property
    def is_scoped(self) -> bool:
        """Whether it can touch no other organization's rows."""
        return bool(self.names & OWN)


def owned_models() -> frozenset[type]:
    """Models of tables that hold rows of organizations."""
    tables = {table for table, _column in owned_tables()}
    return frozenset(model for model in apps.get_models() if model._meta.db_table in tables)


def queries_in(module: ModuleType, tree: ast.AST) -> Iterator[Query]:
    """Those of `tree`, a part of the source of `module`, whose model is an organization's."""
    owned = _by_name(module)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            model, calls = node.value, list(_calls_on(node, parents))
        elif isinstance(node, ast.Call) and _name(node.func) in SHORTCUTS and node.args:
            model, calls = node.args[0], [node]
        else:
            continue
        if (name := _name(model)) in owned:
            place = f"{module.__name__}:{node.lineno}"
            yield Query(place, name, frozenset(_names(calls, owned[name])))


def _by_name(module: ModuleType) -> dict[str, type]:
    """Organizations' models, under their own names and those that `module` gives them."""
    named = {model.__name__: model for model in owned_models()}
    return named | {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and value in owned_models()
    }


def _calls_on(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.Call]:
    """The calls of the chain that begins there: `Model.objects.filter(...).order_by(...)`."""
    while isinstance(method := parents.get(node), ast.Attribute):
        call = parents.get(method)
        if not isinstance(call, ast.Call) or call.func is not method:
            return
        yield call
        node = call


def _names(calls: Iterable[ast.Call], model: Any) -> Iterator[str]:
    holding = (call for call in calls if _name(call.func) not in NOT_HOLDING)
    for each in (keyword for call in holding for keyword in call.keywords):
        value = ast.unparse(each.value)
        is_own_org = model.__name__ == "Organization" and each.arg == "pk"
        if is_own_org and value.endswith("org.pk"):
            yield "org"
        elif each.arg == "user" and value == "request.user":
            yield "org"  # of the very person who asks
        elif value.startswith("OuterRef("):
            yield "org"  # rows of a row of another query, which is looked at itself
        else:
            yield str(each.arg)


def _name(node: ast.expr) -> str:
    """Of `name` or `module.name`; "" for what has none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
