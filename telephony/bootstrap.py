"""An organization that answers: found by its name, or made with all it needs.

Running it again for the same name finds the same organization, agent and key. Its owner is
a log-in of its own, so that no real person's password is ever touched.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.keys.api_keys import issue_key, reveal_key, usable_keys
from accounts.keys.webhook_urls import webhook_url
from accounts.members.organizations import create_organization, set_role
from accounts.models import Membership, Organization, User
from agents.models import Agent
from agents.versions.gate.gate import ensure
from agents.versions.publishing import create_agent, first_active, free_name, publish
from agents.versions.samples import HARBOUR_DENTAL
from usage.hooks import endpoints
from usage.hooks.sealed import open_of
from usage.models import HookDelivery, HookEndpoint


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What `manage.py bootstrap` prints; the names are part of the contract."""

    org_id: str
    agent_id: str
    api_key: str
    webhook_url: str
    login: str
    password: str
    notify_secret: str = ""


@transaction.atomic
def bootstrap(
    org_name: str,
    *,
    engines: dict[str, str],
    new_password: bool = False,
    notify_url: str = "",
) -> Bootstrapped:
    """An organization called `org_name` with an owner, an active agent and a webhook key.

    notify_url: where all of its events are sent, those of tests as well; "" for nowhere.

    engines: any of stt, llm, tts, by name; an agent that exists gets a new version when
    they differ. The owner has no right on the platform. The password is "" for an owner who
    exists, whose own is left alone unless `new_password`; no readable one is kept. Raises
    ValidationError for an unknown engine or an address that is none, GateClosed for an engine on
    which calls would fail.
    """
    org = Organization.objects.filter(name=org_name).order_by("pk").first()
    owner, password = _owner(org, org_name=org_name, new_password=new_password)
    if org is None:
        org = create_organization(name=org_name, owner=owner, is_proven=True)
    agent = _agent(org, engines=engines)
    # The platform's own engines are the operator's to set up, and the server starts without them.
    if engines and agent.published:
        ensure(agent, agent.published)
    key = _key_text(org)
    return Bootstrapped(
        org_id=org.public_id,
        agent_id=agent.public_id,
        api_key=key,
        webhook_url=webhook_url(key),
        login=owner.email,
        password=password,
        notify_secret=_notify_secret(org, notify_url) if notify_url else "",
    )


def _owner(org: Organization | None, *, org_name: str, new_password: bool) -> tuple[User, str]:
    """The owner's account and its password, "" for one that was left alone."""
    password = secrets.token_urlsafe(12)
    domain = f"{slugify(org_name) or 'organization'}.example"  # reserved: no mail arrives there
    user = _earlier_owner(org, domain=domain) if org else None
    if user is not None:
        if not new_password:
            return user, ""
        user.set_password(password)
        user.save(update_fields=["password"])
        return user, password
    email = f"owner@{domain}"
    if User.objects.filter(email=email).exists():
        # Two names with one slug: the other organization's owner stays its own.
        email = f"owner-{secrets.token_hex(4)}@{domain}"
    user = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if org is not None:
        set_role(org, user=user, role=Membership.Role.OWNER, actor=None)
    return user, password


def _earlier_owner(org: Organization, *, domain: str) -> User | None:
    owners = User.objects.filter(
        memberships__org=org,
        memberships__role=Membership.Role.OWNER,
        email__startswith="owner",
        email__endswith=f"@{domain}",
    )
    return owners.order_by("pk").first()


def _agent(org: Organization, *, engines: Mapping[str, Any]) -> Agent:
    agent = first_active(org)
    if agent is None:
        return create_agent(
            org,
            name=free_name(org, HARBOUR_DENTAL.agent_name),
            actor=None,
            greeting=HARBOUR_DENTAL.greeting,
            prompt=HARBOUR_DENTAL.prompt,
            facts=HARBOUR_DENTAL.facts,
            **engines,
        )
    publish(agent, actor=None, **engines)
    return agent


def _notify_secret(org: Organization, url: str) -> str:
    """The secret of the webhook that has the address `url`, which is added where there is none."""
    url = endpoints.clean_url(url)
    for endpoint in HookEndpoint.objects.filter(org=org, state=HookEndpoint.State.ACTIVE):
        if open_of(endpoint, org).url == url:
            return endpoints.reveal(endpoint, actor=None)
    made = endpoints.add(
        org,
        url=url,
        target=HookEndpoint.Target.URL,
        events=HookDelivery.Event.values,
        takes_tests=True,
        label="bootstrap",
    )
    return endpoints.reveal(made, actor=None)


def _key_text(org: Organization) -> str:
    key = usable_keys(org, now=timezone.now()).first()
    if key is None:
        return issue_key(org, label="bootstrap")[1]
    return reveal_key(org, key=key, actor=None)
