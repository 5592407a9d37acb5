"""Facts proposed to a member, and those that they take, in the agent's draft.

What is pasted, sent or fetched is read in the compiler's process, which bounds its own time and
memory.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.trust import may_read_page
from accounts.models import Organization, User
from agents.compiler.process import compiler
from agents.facts.lines import fact_line
from agents.facts.proposing import MOST, Row
from agents.models import Agent, AgentDraft
from agents.versions.drafts import draft_of, drafted, edit_draft
from agents.versions.preparing import atomic
from voicex import fence
from voicex.errors import EndpointRefused, TaskFailed

TEXT: Final = 50_000  # characters that are pasted
TABLE_BYTES: Final = 200_000
PAGE_BYTES: Final = 300_000
ADDRESS: Final = 500  # characters
SECONDS: Final = 8.0  # for a page: a member waits for it
_BOUNDS: Final = fence.Bounds(answer_bytes=PAGE_BYTES, stream_bytes=PAGE_BYTES, seconds=SECONDS)
_KINDS: Final = ("text/html", "text/plain", "application/xhtml+xml")


def in_text(text: str) -> list[Row]:
    """The facts in a pasted text, as topic and answer. Raises ValidationError in words."""
    return _read("text", text[:TEXT])


def in_table(content: bytes) -> list[Row]:
    """The facts in a CSV file. Raises ValidationError in words."""
    if len(content) > TABLE_BYTES:
        said = _("The file is larger than %(kb)d KB.")
        raise ValidationError(said % {"kb": TABLE_BYTES // 1000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # what older spreadsheets write
    return _read("table", text)


def in_page(org: Organization, url: str, *, actor: User) -> list[Row]:
    """The facts on one web page, fetched through the fence. Blocks for some seconds at most.

    On a page's own thread. Raises ValidationError in words.
    """
    host = fence.host_of(url)
    if not host or len(url) > ADDRESS or not url.lower().startswith(("http://", "https://")):
        raise ValidationError(_("Enter an address that begins with https://."))
    if not may_read_page(org):
        raise ValidationError(_("Too many tries. Try again in a minute."))
    record(org, actor=actor, action="facts.page_read", target=host)
    try:
        answer = asyncio.run(
            fence.ask(
                "GET",
                url,
                headers={"Accept": ", ".join(_KINDS).encode()},
                body=b"",
                bounds=_BOUNDS,
                allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
            )
        )
    except EndpointRefused as error:
        raise ValidationError(_refused(error)) from error
    if 300 <= answer.status < 400 and (elsewhere := answer.headers.get("location", "")):
        said = _("The page is elsewhere: %(address)s. Enter that address.")
        raise ValidationError(said % {"address": elsewhere[:ADDRESS]})
    if answer.status != 200:
        said = _("The server answered with the error %(status)d.")
        raise ValidationError(said % {"status": answer.status})
    if answer.content_type not in _KINDS:
        raise ValidationError(_("This isn’t a web page."))
    is_plain = answer.content_type == "text/plain"
    return _read("text" if is_plain else "page", answer.text())


@atomic
def add(agent: Agent, rows: Sequence[Row], *, view: str, actor: User) -> AgentDraft | None:
    """Write facts into the agent's draft. view, what is returned: as of `drafts.edit_draft`.

    rows: topic and answer; of one without a topic the answer is the fact. Raises ValidationError by
    field, or in words.
    """
    if not rows:
        raise ValidationError(_("Choose at least one fact."))
    lines = [_line(topic, answer) for topic, answer in rows[:MOST]]
    written = drafted(agent, draft_of(agent)).facts.rstrip()
    facts = "\n".join([*([written] if written else []), *lines])
    draft = edit_draft(agent, actor=actor, view=view, facts=facts)
    record(agent.org, actor=actor, action="facts.imported", target=str(agent))
    return draft


def lines_of(rows: Sequence[Row]) -> list[str]:
    """The facts of `rows` as the editor has them. Raises ValidationError."""
    return [_line(topic, answer) for topic, answer in rows]


def _line(topic: str, answer: str) -> str:
    if topic.strip():
        return fact_line(topic, answer)
    return fact_line("x", answer).partition(": ")[2]


def _read(kind: str, text: str) -> list[Row]:
    try:
        found = compiler.ask("propose", {"kind": kind, "text": text})
    except TaskFailed as error:
        raise ValidationError(_("This takes too long to read. Use a shorter text.")) from error
    return [(topic, answer) for topic, answer in found]


def _refused(error: EndpointRefused) -> str:
    match error.reason:
        case "too_slow":
            return _("The server didn’t answer in time.")
        case "too_large":
            return _("The page is too large.")
        case "encoded" | "unreachable":
            return _("The page can’t be reached.")
    return _("This address can’t be used.")
