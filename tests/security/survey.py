"""What the site itself shows of its routes: who is admitted, which forms and queries lead there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import admin
from django.db.models import Field
from django.urls import Resolver404, resolve

from tests.security.applications import Answer, Pages, Request
from tests.security.fields import Fields, read_by
from tests.security.modules import modules
from tests.security.requests import Target
from tests.security.routes import Route
from tests.security.world import World

OPEN = (200, 405, 422)
# What Django's admin reads of a query, beside the filters of a table.
ADMIN_QUERIES = ("q", "o", "p", "all", "_facets", "_popup", "_to_field", "e", "_changelist_filters")
ADMIN_QUERIES += ("app_label", "model_name", "field_name", "term", "page", "next")
LOOKUPS = ("", "__exact", "__gte", "__in", "__isnull", "__range", "__year", "__contains")


@dataclass
class Survey:
    """Targets by their template."""

    world: World
    pages: Pages
    targets: dict[str, Target] = field(default_factory=dict)

    def of(self, routes: list[Route]) -> dict[str, Target]:
        """What there is to know of `routes`, after a look at each page of theirs."""
        for route in routes:
            good = self.world.good(route)
            others = {name: self.world.values_of(route, name) for name in route.parameters}
            target = Target(route.template, good, others)
            target.always = self.world.query(route)
            target.forms = self.world.forms(route)
            target.queries = {name: [] for name in _names_read(route)}
            self.targets.setdefault(route.template, target)
        for route in routes:
            self._look_at(route)
        return self.targets

    def _look_at(self, route: Route) -> None:
        target, address = self.targets[route.template], route.address(self.world.good(route))
        answers: dict[str, Answer] = {}
        for who, cookies in self.world.visitors.items():
            headers = [*cookies, (b"host", b"localhost:8000")]
            answers[who] = self.pages.ask(Request("GET", address, headers=headers))
            if sum(each.status in OPEN for each in answers.values()) == 2:
                break
        target.visitors = [who for who, answer in answers.items() if answer.status in OPEN]
        open_ones = [answers[who] for who in target.visitors]
        allowed = next((a.headers["Allow"] for a in open_ones if "Allow" in a.headers), "GET, POST")
        target.takes_get, target.takes_post = "GET" in allowed, "POST" in allowed
        for page in {answer.page for answer in open_ones}:
            self._read(Fields(page, address=address))

    def _read(self, found: Fields) -> None:
        for form in found.forms:
            target = self._target_at(form.action)
            if target is None:
                continue
            if form.method == "post":
                target.forms.append(form)
            else:
                _add(target.queries, form.fields)
        for path, query in found.queries.items():
            if target := self._target_at(path):
                _add(target.queries, query)

    def _target_at(self, path: str) -> Target | None:
        try:
            match = resolve(path)
        except Resolver404:
            return None
        known = [t for t in self.targets.values() if _leads(t, path, match.kwargs)]
        return known[0] if known else None


def _leads(target: Target, path: str, values: Mapping[str, object]) -> bool:
    if set(values) != set(target.good):
        return False
    return target.template % {name: str(value) for name, value in values.items()} == path


def _add(to: dict[str, list[str]], names: Mapping[str, list[str]]) -> None:
    for name, values in names.items():
        into = to.setdefault(name, [])
        into += [each for each in values if each not in into][:8]


def _names_read(route: Route) -> list[str]:
    """Names that its view reads of a query, as far as its source or its table says."""
    if route.app == "admin":
        return [*ADMIN_QUERIES, *_lookups(route)]
    module = next((m for m in modules() if m.__name__ == route.module), None)
    return sorted(read_by(module)) if module else ["next"]


def _lookups(route: Route) -> list[str]:
    for model in admin.site._registry:
        if route.template.startswith(f"/admin/{model._meta.app_label}/{model._meta.model_name}/"):
            fields = [f.name for f in model._meta.get_fields() if isinstance(f, Field)]
            return [f"{name}{lookup}" for name in fields for lookup in LOOKUPS]
    return []
