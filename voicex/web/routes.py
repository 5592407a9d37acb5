"""Marks routes whose path or query contains a secret.

The log filter, the middleware and nginx know them from `voicex.web.secret_routes` and
`docker/nginx.conf`, which `manage.py secret_routes` generates from these declarations.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

_Route = TypeVar("_Route")
_MARK: Final = "voicex_secrets"
# A parameter of `path` or of `re_path`.
_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
# A pattern for one segment of a path, valid in nginx and Python.
SEGMENT: Final = "[^/]+"


@dataclass(frozen=True, slots=True)
class _Secrets:
    parameters: frozenset[str]
    in_rest: bool
    in_query: bool


@dataclass(frozen=True, slots=True)
class SecretRoutes:
    """Regular expressions for the part of a URL before a secret.

    paths: the beginning of a path whose rest is secret. queries: the whole path of a route whose
    query is secret.
    """

    paths: tuple[str, ...]
    queries: tuple[str, ...]


def with_secrets(
    route: _Route, *parameters: str, in_rest: bool = False, in_query: bool = False
) -> _Route:
    """`route` (of `path`, `re_path`, or around an `include`), declared to hold secrets.

    parameters: names of its secret parameters, or of included routes. in_rest: everything after the
    fixed beginning of the path is secret. in_query: the query is secret.
    """
    setattr(route, _MARK, _Secrets(frozenset(parameters), in_rest, in_query))
    return route


def collect(*routes: Iterable[Any]) -> SecretRoutes:
    """Collect the declarations of these routes and of the routes that they include."""
    found = [each for listed in routes for each in _walk(listed, "", ())]
    return SecretRoutes(
        paths=tuple(sorted({path for path, is_query in found if not is_query})),
        queries=tuple(sorted({path for path, is_query in found if is_query})),
    )


def _walk(
    routes: Iterable[Any], before: str, above: tuple[_Secrets, ...]
) -> Iterator[tuple[str, bool]]:
    for route in routes:
        pattern = before + str(route.pattern).removeprefix("^")
        mark = getattr(route, _MARK, None)
        marks = (*above, mark) if mark else above
        if hasattr(route, "url_patterns"):
            yield from _walk(route.url_patterns, pattern, marks)
            continue
        names = frozenset().union(*(each.parameters for each in marks))
        beginning = _beginning(pattern, names)
        if beginning is not None:
            yield beginning, False
        if mark and mark.in_rest:
            fixed = re.match(r"[\w/-]*", pattern)
            yield f"/{fixed[0].rstrip('/') if fixed else ''}/", False
        if mark and mark.in_query:
            yield f"/{pattern}", True


def _beginning(pattern: str, secret: frozenset[str]) -> str | None:
    """The pattern before the first secret parameter of a route; None if it has none."""
    text = "/"
    at = 0
    for parameter in _PARAMETER.finditer(pattern):
        text += re.escape(pattern[at : parameter.start()]).replace(r"\-", "-")
        if (parameter[1] or parameter[2]) in secret:
            return text
        text += SEGMENT
        at = parameter.end()
    return None
