"""Sends one delivery, and keeps the beginning of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings

from usage.hooks import signing, slack
from usage.models import HookEndpoint
from usage.records.caller_numbers import without_unseen
from voicex.database.storable import storable_text
from voicex.fence.posts import Poster, PostResult

SECONDS: Final = 10.0  # from a request to the end of its answer
LONGEST_ANSWER: Final = 500  # characters that are kept of one
MOST_LINES: Final = 10
USER_AGENT: Final = "Voicex-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, and with which secrets it is signed, the present one first."""

    kind: str
    url: str = field(repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    """One delivery: its row, its id and the JSON that is sent."""

    delivery_id: int
    message_id: str
    body: str
    call_id: int | None = None


def poster() -> Poster:
    """The HTTP client for one delivery, behind the fence. A context manager."""
    return Poster(allow_private=settings.ALLOW_PRIVATE_ENDPOINTS, seconds=SECONDS)


async def send(client: Poster, target: Target, post: Post, *, now: datetime) -> PostResult:
    """The answer to one attempt. now: the moment that is signed."""
    headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    if target.kind == HookEndpoint.Target.SLACK:
        content = slack.body_of(post.body).encode()
    else:
        content = post.body.encode()
        headers |= signing.headers_of(
            post.message_id,
            timestamp=int(now.timestamp()),
            body=content,
            secrets=target.secrets,
        )
    return await client.post(target.url, content=content, headers=headers)


def is_taken(answer: PostResult) -> bool:
    """Whether the receiver has it."""
    return answer.status is not None and 200 <= answer.status < 300


def first_lines(answer: PostResult) -> str:
    """The beginning of what was answered, as a page shows it."""
    text = storable_text(answer.body.decode("utf-8", "replace"))
    lines = (without_unseen(line).strip() for line in text[: 4 * LONGEST_ANSWER].splitlines())
    return "\n".join([line for line in lines if line][:MOST_LINES])[:LONGEST_ANSWER]
