"""The copy of an organization's tools that is frozen with a version.

Later changes of a tool do not affect calls on that version. Secrets are not copied: they are read
when a tool runs.
"""

from collections.abc import Mapping
from typing import Any

from accounts.models import Organization
from accounts.secrets import host_secrets
from agents.compiler.form import TOOLS, group_of
from agents.http_tools.calling import host_of
from agents.http_tools.definition import names_in, of_json
from agents.http_tools.limits import TOOLS_OF_AGENT
from agents.http_tools.models import HttpTool


def names_of(settings: object) -> tuple[str, ...]:
    """The names of tools enabled in an agent's stored settings, up to the limit."""
    return names_in(group_of(settings, TOOLS).enabled)[:TOOLS_OF_AGENT]


def definitions_of(org_pk: int | None, settings: object) -> list[dict[str, Any]]:
    """The definitions of those tools that there are, in their order; no query without a name."""
    names = names_of(settings)
    if not names or org_pk is None:
        return []
    rows = HttpTool.objects.filter(org=org_pk, name__in=names)
    stored: Mapping[str, dict[str, Any]] = dict(rows.values_list("name", "stored"))
    return [stored[name] for name in names if name in stored]


def missing(org_pk: int, settings: object) -> list[str]:
    """The names of enabled tools that do not exist."""
    names = names_of(settings)
    there = HttpTool.objects.filter(org=org_pk, name__in=names).values_list("name", flat=True)
    known = set(there) if names else set()
    return [name for name in names if name not in known]


def without_secret(org: Organization, settings: object) -> list[tuple[str, str]]:
    """Tool and secret for each enabled tool that uses a missing secret."""
    definitions = [of_json(each) for each in definitions_of(org.pk, settings)]
    if not any(each.secrets_used() for each in definitions):
        return []
    hosts = host_secrets.names_of(org)
    return [
        (each.name, secret)
        for each in definitions
        for secret in sorted(each.secrets_used())
        if hosts.get(secret) != host_of(each)
    ]
