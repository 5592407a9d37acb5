"""Every route of the site, as the URLconf has them: a new one is in every test by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True, slots=True)
class Route:
    """template: its address with `%(name)s` for each of `parameters`; app: its namespaces."""

    app: str
    name: str
    template: str
    parameters: tuple[str, ...]
    module: str

    def address(self, values: Mapping[str, str]) -> str:
        """Its path, with a value for each of its parameters."""
        return self.template % values


def all_routes(
    resolver: URLResolver | None = None, app: str = "", before: str = "/"
) -> list[Route]:
    """All routes below `resolver`, by default of the whole site."""
    return list(_walk(resolver or get_resolver(), app, before, ()))


def _walk(
    resolver: URLResolver, app: str, before: str, parameters: tuple[str, ...]
) -> Iterator[Route]:
    for each in resolver.url_patterns:
        template, named = normalize(each.pattern.regex.pattern)[0]
        whole, names = before + template, (*parameters, *named)
        if isinstance(each, URLResolver):
            yield from _walk(each, each.app_name or app, whole, names)
        elif isinstance(each, URLPattern):
            view = each.callback
            yield Route(app, each.name or "", whole, names, getattr(view, "__module__", ""))
