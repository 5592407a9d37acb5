"""Proposes facts and documents to a member, and adds the accepted ones to the agent's draft.

What is pasted, sent or fetched is read in the compiler's process, which bounds its own time and
memory; files that a package reads, in another one.
"""

import asyncio
import base64
import codecs
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.asking import place_to_ask
from accounts.members.trust import may_read_file, may_read_page
from accounts.models import Organization, User
from agents.compiler.form import DOCUMENTS, group_of
from agents.compiler.process import compiler, file_reader
from agents.documents.passages import TITLE
from agents.facts import pdf
from agents.facts.crawling import PAGE_KINDS
from agents.facts.documents import with_documents
from agents.facts.gaps import gap_of, gaps_in, with_fact
from agents.facts.lines import fact_line
from agents.facts.proposing import MOST, Row
from agents.facts.sites import ADDRESS
from agents.models import Agent, AgentDraft
from agents.versions.drafts import draft_of, drafted, edit_draft
from agents.versions.preparing import atomic
from voicex import fence
from voicex.errors import EndpointRefused, TaskFailed

QUOTED: Final = 60  # characters of a fact, in what is said about it
TEXT: Final = 50_000  # characters that are pasted
TABLE_BYTES: Final = 200_000
PDF_BYTES: Final = 2_000_000  # what a request may have leaves room for
PAGE_BYTES: Final = 300_000
SECONDS: Final = 8.0  # for a page: a member waits for it
BOUNDS: Final = fence.Bounds(answer_bytes=PAGE_BYTES, stream_bytes=PAGE_BYTES, seconds=SECONDS)

log = structlog.get_logger(__name__)


def in_text(text: str, *, as_documents: bool = False) -> list[Row]:
    """The facts in a pasted text, as topic and answer. Raises ValidationError in words.

    as_documents: the text as a document instead, as title and text; so also below.
    """
    return rows_in("text", text[:TEXT], as_documents=as_documents)


def in_table(content: bytes) -> list[Row]:
    """The facts in a CSV file. Raises ValidationError in words."""
    if len(content) > TABLE_BYTES:
        said = _("The file is larger than %(kb)d KB.")
        raise ValidationError(said % {"kb": TABLE_BYTES // 1000})
    return rows_in("table", _text_of_table(content))


def _text_of_table(content: bytes) -> str:
    """What is written in a CSV file, as spreadsheets save it. Raises ValidationError in words."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        said = _("This is a workbook. Save it as CSV in your spreadsheet program, and choose that.")
        raise ValidationError(said)
    if content.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):  # what Excel calls Unicode text
        return content.decode("utf-16", "replace")
    if b"\0" in content or content.startswith(b"%PDF"):
        raise ValidationError(_("This isn’t a CSV file. Save the table as CSV, and choose that."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what older spreadsheets write


def in_pdf(
    org: Organization, content: bytes, *, name: str, as_documents: bool = False
) -> list[Row]:
    """The facts in a PDF. name: of the file. Blocks for some seconds at most.

    On a page's own thread. Raises ValidationError in words.
    """
    if len(content) > PDF_BYTES:
        said = _("The file is larger than %(kb)d KB.")
        raise ValidationError(said % {"kb": PDF_BYTES // 1000})
    if not may_read_file(org):
        raise ValidationError(_("Too many tries. Try again in a minute."))
    read = _read_pdf(content)
    if not as_documents:
        return rows_in("text", read["text"])
    title = read["title"] or PurePath(name).stem.strip() or _("Document")
    return [(title[:TITLE], read["text"])]


def in_page(org: Organization, url: str, *, actor: User, as_documents: bool = False) -> list[Row]:
    """The facts on one web page, fetched through the fence. Blocks for some seconds at most.

    On a page's own thread. Raises ValidationError in words.
    """
    host = host_in(url)
    if not may_read_page(org):
        raise ValidationError(_("Too many tries. Try again in a minute."))
    try:
        with place_to_ask(org):
            record(org, actor=actor, action="facts.page_read", target=host)
            answer = fetch(url, accept=PAGE_KINDS, bounds=BOUNDS)
    except EndpointRefused as error:
        raise ValidationError(refusal_text(error)) from error
    if 300 <= answer.status < 400 and (elsewhere := answer.headers.get("location", "")):
        said = _("The page is elsewhere: %(address)s. Enter that address.")
        raise ValidationError(said % {"address": elsewhere[:ADDRESS]})
    if answer.status != 200:
        said = _("The website answered with the error %(status)d. Check the address.")
        raise ValidationError(said % {"status": answer.status})
    if answer.content_type not in PAGE_KINDS:
        raise ValidationError(_("This isn’t a web page. Paste its text instead."))
    kind = "text" if answer.content_type == "text/plain" else "page"
    return rows_in(kind, answer.text(), as_documents=as_documents, title=host)


def host_in(url: str) -> str:
    """The host of a page's address. Raises ValidationError for what is no such address."""
    host = fence.host_of(url)
    if not host or len(url) > ADDRESS or not url.lower().startswith(("http://", "https://")):
        raise ValidationError(_("Enter an address that begins with https://."))
    return host


def fetch(url: str, *, accept: Sequence[str], bounds: fence.Bounds) -> fence.Response:
    """One page, asked for through the fence on a loop of its own. Raises EndpointRefused."""
    return asyncio.run(
        fence.ask(
            "GET",
            url,
            headers={"Accept": ", ".join(accept).encode()},
            body=b"",
            bounds=bounds,
            allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
        )
    )


@atomic
def add(
    agent: Agent, rows: Sequence[Row], *, view: str, actor: User, as_documents: bool = False
) -> AgentDraft | None:
    """Write facts into the agent's draft. view, what is returned: as of `drafts.edit_draft`.

    rows: topic and answer; of one without a topic the answer is the fact. as_documents: title and
    text of documents instead. Raises ValidationError by field, or in words.
    """
    if not rows and as_documents:
        raise ValidationError(_("Choose at least one document."))
    if not rows:
        raise ValidationError(_("Choose at least one fact."))
    now = drafted(agent, draft_of(agent))
    changes: dict[str, Any]
    if as_documents:
        documents = with_documents(group_of(now.settings, DOCUMENTS).text, rows)
        changes = {"settings": {DOCUMENTS: {"text": documents}}}
    else:
        changes = {"facts": _with_rows(now.facts, rows[:MOST])}
    draft = edit_draft(agent, actor=actor, view=view, **changes)
    action = "documents.imported" if as_documents else "facts.imported"
    record(agent.org, actor=actor, action=action, target=str(agent))
    return draft


def _with_rows(facts: str, rows: Sequence[Row]) -> str:
    """`facts` with those of `rows`: in place of gaps about the same, or at the end."""
    gaps = gaps_in(facts)
    for (topic, _answer), line in zip(rows, lines_of(rows), strict=True):
        gap = gap_of(topic, gaps)
        facts = with_fact(facts, line, gap=gap)
        if gap:
            gaps.remove(gap)
    return facts


def lines_of(rows: Sequence[Row]) -> list[str]:
    """The facts of `rows` as the editor has them. Raises ValidationError that names the row."""
    return [_line(topic, answer) for topic, answer in rows]


def rows_in(kind: str, text: str, *, as_documents: bool = False, title: str = "") -> list[Row]:
    """The facts in a "text", "table" or "page", or it as a document; none of an empty one.

    title: of a document that has none. Raises ValidationError in words.
    """
    task = "document" if as_documents else "propose"
    try:
        found = compiler.ask(task, {"kind": kind, "text": text})
    except TaskFailed as error:
        raise ValidationError(_("This takes too long to read. Use a shorter text.")) from error
    if as_documents:
        row = (found["title"] or title or _("Document"), found["text"])
        return [row] if found["text"] else []
    return [(topic, answer) for topic, answer in found]


def _line(topic: str, answer: str) -> str:
    try:
        if topic.strip():
            return fact_line(topic, answer)
        return fact_line("x", answer).partition(": ")[2]
    except ValidationError as error:
        beginning = " ".join((topic.strip() or answer).split())[:QUOTED]
        said = _("“%(fact)s”: %(problem)s")
        named = [said % {"fact": beginning, "problem": each} for each in error.messages]
        raise ValidationError(named) from error


def _read_pdf(content: bytes) -> dict[str, str]:
    """As `pdf.read_pdf`, in the process that reads files. Raises ValidationError in words."""
    spec = find_spec("pypdf")  # found, and loaded in the other process alone
    folder = str(Path(spec.origin).parent) if spec is not None and spec.origin else ""
    given = {"content": base64.b64encode(content).decode(), "pypdf_folder": folder}
    try:
        read: dict[str, str] = file_reader.ask("pdf", given)
    except TaskFailed as error:
        if error.reason == "busy":
            raise ValidationError(_("Other files are being read. Try again shortly.")) from error
        said = _("This file takes too much time or memory to read. Use a smaller one.")
        raise ValidationError(said) from error
    if "problem" in read:
        log.info("pdf_not_read", problem=read["problem"], error=read.get("error", ""))
        raise ValidationError(_wrong_with_pdf(read["problem"]))
    return read


def _wrong_with_pdf(problem: str) -> str:
    match problem:
        case pdf.LOCKED:
            return _("This PDF is encrypted. Save it without a password, and send that.")
        case pdf.NO_TEXT:
            return _("This PDF has no text, only pictures of pages. Paste the text instead.")
    return _("This isn’t a PDF, or it is broken. Paste the text instead.")


def refusal_text(error: EndpointRefused) -> str:
    """Why a page could not be fetched."""
    match error.reason:
        case "too_slow":
            return _("The website didn’t answer in time. Try again, or paste its text instead.")
        case "too_large":
            return _("The page is too large. Paste its text instead, or a part of it.")
        case "encoded" | "unreachable":
            return _("The page can’t be reached. Check the address, or paste its text instead.")
    return _("This address can’t be used. Enter one that anybody on the internet can open.")
