"""Secrets for an organization's tools, which it names itself, each for one host.

A secret is sealed with its host, so it cannot be opened for another one.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import HostSecret, Organization, User
from accounts.secrets.vault import seal, unseal
from voicex import fence, logs
from voicex.errors import SecretUnreadable

log = structlog.get_logger(__name__)

MOST: Final = 50  # of an organization
LONGEST: Final = 4_000  # characters; tokens have up to 300, keys of service accounts 3,500
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HOST: Final = re.compile(r"[a-z0-9.\-\[\]:]{1,200}")
_VALUE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")  # "Bearer ..." has a space


def context_of(org: Organization, name: str, host: str) -> str:
    """The context for which a secret is sealed."""
    return f"org:{org.public_id}:host-secret:{name}:at:{host}"


def store(
    org: Organization,
    *,
    name: str,
    host: str,
    value: str,
    actor: User | None,
    may_replace: bool = True,
) -> None:
    """Seal and store `value` as the secret `name` for `host`; may_replace: instead of another.

    host: such as "api.example.com"; a whole URL may be given. Raises ValidationError by field.
    """
    name, host, value = name.strip().lower(), host.strip().lower(), value.strip()
    if value.startswith("{"):  # a key in JSON is pasted with its line breaks and indents
        value = " ".join(value.split())
    logs.register_secret(value)
    if "/" in host:
        host = fence.host_of(host)
    problems = {}
    if not _NAME.fullmatch(name):
        problems["name"] = _("Use lower-case letters, digits and _, starting with a letter.")
    if not _HOST.fullmatch(host) or fence.host_of(f"https://{host}/") != host:
        problems["host"] = _("Enter a host name, for example api.example.com")
    if not _VALUE.fullmatch(value) or len(value) > LONGEST:
        problems["value"] = _("Use letters, digits and symbols of an English keyboard.")
    if problems:
        raise ValidationError(problems)
    sealed = seal(value, context=context_of(org, name, host))
    with transaction.atomic():
        # Locked, so that two requests do not both find room for the last one.
        Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
        former = HostSecret.objects.filter(org=org, name=name).first()
        if former is not None and not may_replace:
            said = _(
                "There is a secret with this name already, for %(host)s. Choose another name, or "
                "tick the box to replace it."
            )
            raise ValidationError({"name": said % {"host": former.host}})
        others = HostSecret.objects.filter(org=org).exclude(name=name)
        if others.count() >= MOST:
            raise ValidationError({"name": _("At most %(limit)d secrets") % {"limit": MOST}})
        HostSecret.objects.update_or_create(
            org=org, name=name, defaults={"host": host, "ciphertext": sealed}
        )
        record(org, actor=actor, action="host_secret.stored", target=f"{name} for {host}")


@transaction.atomic
def clear(org: Organization, *, name: str, actor: User | None) -> None:
    """Delete the secret; does nothing without one."""
    deleted, _rows = HostSecret.objects.filter(org=org, name=name).delete()
    if deleted:
        record(org, actor=actor, action="host_secret.cleared", target=name)


def names_of(org: Organization) -> dict[str, str]:
    """The hosts of the secrets of `org`, by name; for pages."""
    return dict(HostSecret.objects.filter(org=org).values_list("name", "host"))


def problems_with(name: str, *, host: str, saved: Mapping[str, str]) -> list[str]:
    """Why the secret of that name is not sent to `host`, and what to do; empty where it is.

    host: as of `fence.host_of`, "" where an address has none. saved: as of `names_of`.
    """
    if saved.get(name) == host:
        return []
    said = {"name": name, "host": saved.get(name, "")}
    if name in saved:
        found = _("The secret %(name)s is for %(host)s and is never sent elsewhere.") % said
        remedy = _("Save another secret for the host %(host)s.")
    else:
        found = _("There is no secret %(name)s.") % said
        remedy = _("An owner or admin can save it under Tools, for the host %(host)s.")
    return [found, remedy % {"host": host}] if host else [found]


def opened(org_id: str, names: Collection[str], *, host: str) -> dict[str, str]:
    """The plain text of the secrets with these names that are for `host`; others are left out.

    org_id: the organization's public id. For code that sends them, never for a page.
    """
    rows = HostSecret.objects.filter(org__public_id=org_id, name__in=names, host=host)
    found = {}
    for row in rows.select_related("org"):
        try:
            found[row.name] = unseal(
                row.ciphertext, context=context_of(row.org, row.name, row.host)
            )
        except SecretUnreadable:
            log.warning("host_secret_unreadable", secret=row.name)
    return found
