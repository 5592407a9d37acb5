"""Sends a test event while a member waits, to show the answer."""

import asyncio
from datetime import datetime
from typing import Final

from accounts.members.access import record
from accounts.models import Organization, User
from usage.hooks import sending
from usage.hooks.record import body_of, new_message_id
from usage.hooks.sealed import open_of
from usage.hooks.sending import Post, Target
from usage.models import HookEndpoint
from voicex.fence.posts import PostResult

TEST: Final = "webhook.test"


def send_test(
    org: Organization, *, endpoint: HookEndpoint, actor: User | None, now: datetime
) -> PostResult:
    """The answer of an endpoint of `org` to an event that says nothing; ten seconds at most.

    It is sent once, whether the endpoint is active or not, and is in no log of deliveries. Raises
    SecretUnreadable. Not for the thread of an event loop.
    """
    content = open_of(endpoint, org)
    secrets = content.secrets_at(now, former_until=endpoint.former_until)
    data = {"org_id": org.public_id, "test": True}
    post = Post(0, new_message_id(), body_of(TEST, data, now=now))
    target = Target(endpoint.target, content.url, secrets)
    record(org, actor=actor, action="hook.tested", target=f"{endpoint.public_id}")
    return asyncio.run(_answer(target, post, now=now))


async def _answer(target: Target, post: Post, *, now: datetime) -> PostResult:
    async with sending.poster() as client:
        return await sending.send(client, target, post, now=now)
