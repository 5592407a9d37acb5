"""One sentence heard in two ways: shown, charged for the recogniser alone, counted, not kept."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.members import asking, trust
from agents.engines import registry
from agents.engines.access import Access
from agents.engines.base import HeardWords
from agents.engines.scripted.engines import ScriptedSpeechToText
from agents.versions.publishing import create_agent
from testing.office import Office, browser_of
from usage.billing import settlement
from usage.hearing.tests.test_sides import wav
from usage.models import Call, CallRules, LedgerEntry, Turn, UsageFact
from voicex.errors import EngineBusy

pytestmark = pytest.mark.django_db


class Ears(ScriptedSpeechToText):
    """A recogniser that hears less on the phone."""

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        return HeardWords("My name is Fisk")

    async def transcribe(self, audio: bytes) -> str:
        return "My name is <b>fist"


class Busy(Ears):
    async def transcribe(self, audio: bytes) -> str:
        raise EngineBusy


@pytest.fixture
def compare(cast, monkeypatch):
    """Send a sentence as a member: the page that answers. ears: of the agent."""
    cache.clear()
    agent = create_agent(
        cast.acorn, name="Front desk", greeting="Hello.", stt="scripted", llm="scripted",
        tts="scripted",
    )  # fmt: skip
    page = Office(cast.acorn).url(f"agents/{agent.public_id}/hearing/")
    browser = browser_of(cast.bob)

    def send(content: bytes = wav(1.5), ears: type[ScriptedSpeechToText] = Ears):
        monkeypatch.setattr(registry, "speech_to_text", lambda _name, setup: ears(setup.config))
        return browser.post(page, {"sentence": SimpleUploadedFile("a.wav", content)})

    return send


def test_both_texts_are_shown_with_the_words_that_differ_and_charged(compare, cast):
    page = compare()
    shown = page.content.decode()
    assert page.status_code == 200
    assert "<ins>Fisk</ins>" in shown
    assert "<ins>&lt;b&gt;fist</ins>" in shown
    assert "<ins>name" not in shown
    call = Call.objects.get()
    assert (call.end_reason, call.started_by, call.channel) == (
        "hearing_compared",
        cast.bob,
        "upload",
    )
    assert UsageFact.objects.get(call=call).stt_ms == 2 * 1_500
    settlement.settle(call.pk, now=timezone.now())
    assert LedgerEntry.objects.filter(call=call).exists()
    assert not Turn.objects.exists()


def test_a_recogniser_that_takes_8_khz_alone_is_not_asked(compare):
    page = compare(ears=ScriptedSpeechToText)
    assert "Nothing was charged" in page.content.decode()
    assert not Call.objects.exists()


def test_what_a_failed_comparison_has_used_is_charged_too(compare):
    page = compare(ears=Busy)
    assert page.status_code == 422
    assert UsageFact.objects.get().stt_ms == 2 * 1_500


@pytest.mark.parametrize("content", [b"no WAV", wav(11), wav(1, rate=8_000)])
def test_what_cannot_be_compared_is_refused_in_words_and_costs_nothing(compare, content):
    page = compare(content)
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not Call.objects.exists()


def test_sentences_are_counted_and_budgets_hold(compare, cast, monkeypatch):
    monkeypatch.setattr(trust, "HEARINGS_A_MINUTE", 1)
    assert [compare().status_code, compare().status_code] == [200, 422]
    CallRules.objects.update_or_create(org=cast.acorn, defaults={"daily_micros": 0})
    cache.clear()
    assert compare().status_code == 409
    assert Call.objects.count() == 1


def test_an_own_server_is_not_asked_while_too_many_are(compare, cast, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    assert compare().status_code == 200  # no server of theirs
    monkeypatch.setattr(Access, "is_fenced", True)
    page = compare()
    assert page.status_code == 422
    assert "Too many requests to other servers" in page.content.decode()
