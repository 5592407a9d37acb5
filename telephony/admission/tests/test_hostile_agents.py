"""Whatever a tenant writes: a process that carries calls reads none of it."""

import asyncio
import json
import sys
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agents.engines import registry
from agents.engines.base import EngineSetup
from agents.engines.cascade.clips import ClipCache
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_of, view_of
from agents.versions.publishing import publish
from telephony.process.warm_up.readiness import Readiness
from telephony.spoken.languages import ENGLISH
from testing.office import Office, browser_of
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, attempts, spoken

# What took seconds once, and some of the same kind: a line each, at the limit of its field.
HOSTILE = {
    "one bracket again and again": "[" * 50_000,
    "gaps that never end": "[[" * 25_000,
    "gaps in gaps": "[[a" * 10_000 + "]]" * 10_000,
    "blanks before a stop": "a" + "\t" * 49_997 + "b!",
    "many topics": "a: " * 16_666,
    "bullets": "-*" * 25_000,
    "other line breaks": "\u2028" * 50_000,
    "more than a field holds": "x" * 400_000,
}
GREETING = "Hello, " + "[" * 900 + ". How are you?"
# All that reads a text of a tenant's, and where it is known by which name.
READERS = {
    "agents.settings.config": ("parse_facts", "facts_in", "gap_in"),
    "agents.speech.text.sentences": ("sentences",),
    "agents.versions.differences": ("differences",),
    "agents.compiler.form": ("compile_version",),
}


@pytest.fixture
def read_here(monkeypatch):
    """What of tenants' texts is read in this process; the platform's own phrases are not."""
    read = []

    def watched(reader):
        def reads(*given, **named):
            if given and given[0] in ENGLISH.all():
                return reader(*given, **named)
            read.append((reader.__name__, *given))
            raise AssertionError(reader.__name__)

        return reads

    for module, names in READERS.items():
        for name in names:
            reader = getattr(import_module(module), name)
            watch = watched(reader)
            for other in [*sys.modules.values()]:
                for known_as, value in [*vars(other).items()]:
                    if value is reader:
                        monkeypatch.setattr(other, known_as, watch)
    return read


def file_of(**fields):
    document = {"format": "voicex-agent", "format_version": 1, "name": "Hostile"} | fields
    content = json.dumps(document | {"engines": dict.fromkeys(("stt", "llm", "tts"), "scripted")})
    return {"file": SimpleUploadedFile("a.json", content.encode())}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("field", ["greeting", "prompt", "facts"])
def test_a_hostile_file_is_refused_in_words_or_read_elsewhere(cast, read_here, field, text):
    office = Office(cast.acorn)
    browser = browser_of(cast.bob)
    page = browser.post(office.url("agents/import/"), file_of(**{field: text}))
    assert page.status_code in (302, 422)
    if page.status_code == 422:
        assert f"{field}: At most" in page.text
        return
    agent = Agent.objects.get(name="Hostile")
    for path in ("", "edit/", "versions/", "versions/1/", "versions/compare/?from=1&to=1"):
        assert browser.get(office.url(f"agents/{agent.public_id}/{path}")).status_code == 200, path
    assert read_here == []


def test_the_webhook_and_the_pages_read_nothing_that_a_tenant_wrote(line: PhoneNumber, read_here):
    publish(line.agent, facts="[" * 50_000, greeting=GREETING)
    assert b"<Stream" in line.rings().content
    assert b"<Stream" in line.rings().content  # repeated
    browser = member_of(line)
    form = browser.get(page_of(line, "edit/")).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    view = view_of(line.agent, None)
    draft = sent | {"view": view, "facts": "[" * 40_000}
    assert browser.post(page_of(line, "edit/"), draft).status_code == 302
    for path in ("", "edit/", "draft/", "versions/1/restore/", "versions/compare/"):
        assert browser.get(page_of(line, path)).status_code == 200, path
    assert read_here == []


@pytest.mark.django_db(transaction=True)
def test_making_ready_reads_nothing_that_a_tenant_wrote(line: PhoneNumber, read_here):
    publish(line.agent, facts="[" * 50_000, greeting=GREETING)
    clips = ClipCache()
    asyncio.run(Readiness(clips).poll())
    assert read_here == []
    voice = registry.text_to_speech("scripted", EngineSetup(line.agent.published.config()))
    owner = line.org.public_id
    assert clips.find(voice.cache_key, "How are you?", owner=owner)  # it was rendered


def test_a_version_that_no_call_can_read_is_declined_in_words_and_told_why(line: PhoneNumber):
    AgentVersion.objects.filter(pk=line.agent.published_id).update(prepared=None)
    assert "nobody is set up to answer" in spoken(line.rings())
    assert attempts(line.org) == [("declined", "agent_not_prepared", CALL_SID)]
    page = member_of(line).get(page_of(line))
    assert "so they are declined" in page.text
    publish(line.agent, greeting="Plainly.")
    assert b"<Stream" in line.rings(CallSid=OTHER_CALL).content


def test_what_is_stored_beyond_a_limit_opens_in_the_editor_and_says_so(line: PhoneNumber):
    AgentVersion.objects.filter(pk=line.agent.published_id).update(greeting="a" * 49_999)
    url = page_of(line, "edit/")
    browser = member_of(line)
    page = browser.get(url)
    assert page.status_code == 200
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answer = browser.post(url, sent | {"view": view_of(line.agent, draft_of(line.agent))})
    assert answer.status_code == 422
    assert "at most 1000 characters (it has 49999)" in answer.text


def test_a_difference_of_very_many_lines_is_shown_in_part(line: PhoneNumber):
    publish(line.agent, prompt="a\n" * 25_000)
    page = member_of(line).get(page_of(line, "versions/compare/"))
    assert page.status_code == 200
    assert "more lines" in page.text
    assert len(page.content) < 1_000_000


def page_of(line: PhoneNumber, path: str = "") -> str:
    return f"/o/{line.org.public_id}/agents/{line.agent.public_id}/{path}"


def member_of(line: PhoneNumber) -> Client:
    return browser_of(line.org.memberships.order_by("pk").first().user)
