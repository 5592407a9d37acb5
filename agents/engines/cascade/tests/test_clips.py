"""Rendered sentences: kept when they are whole, shared by processes, never more than so much."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agents.engines.cascade import clip_store, clips
from agents.engines.cascade.clips import PLATFORM, ClipCache
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio.resample import ToTelephone
from testing.engines import Gate, StubTextToSpeech
from testing.sound import audio
from voicex.errors import EngineBusy


async def rendered(cache: ClipCache, text: str, audio: bytes, owner: str = PLATFORM) -> bytes:
    voice = StubTextToSpeech([audio])
    clip = b"".join([chunk async for chunk in cache.record(voice, text, owner=owner)])
    await cache.written()
    return clip


async def test_a_clip_is_found_in_its_voice_and_text_only():
    cache = ClipCache()
    assert cache.find("told", "Hello.") is None
    assert await rendered(cache, "Hello.", b"\1" * 80) == b"\1" * 80
    assert cache.find("told", "Hello.") == b"\1" * 80
    assert cache.find("another", "Hello.") is None
    assert cache.find("told", "hello.") is None


async def test_voice_and_text_do_not_run_into_each_other():
    cache = ClipCache()
    await rendered(cache, "Hello.", b"\1")
    assert cache.find("toldHello", ".") is None


async def test_another_process_finds_the_clip(tmp_path):
    await rendered(ClipCache(tmp_path / "var" / "clips"), "Hello.", b"\1" * 80)
    assert ClipCache(tmp_path / "var" / "clips").find("told", "Hello.") == b"\1" * 80
    [file] = (tmp_path / "var" / "clips" / PLATFORM).iterdir()
    assert "Hello" not in file.name


@pytest.mark.parametrize("script", [[b"\1" * 80, EngineBusy()], []], ids=["cut", "silent"])
async def test_half_a_clip_and_an_empty_one_are_not_kept(tmp_path, script):
    cache = ClipCache(tmp_path)
    try:
        async for _ in cache.record(StubTextToSpeech(script), "Hello."):
            pass
    except EngineBusy:
        pass
    assert cache.find("told", "Hello.") is None
    assert list(tmp_path.iterdir()) == []


async def test_a_cancelled_rendering_leaves_no_clip_and_closes_the_voice(tmp_path):
    cache, voice = ClipCache(tmp_path), StubTextToSpeech([b"\1", b"\2"])
    async with aclosing(cache.record(voice, "Hello.")) as chunks:
        await anext(chunks)
    assert voice.closed == 1
    assert cache.find("told", "Hello.") is None


async def test_a_file_that_lost_its_bytes_is_rendered_again(tmp_path):
    await rendered(ClipCache(tmp_path), "Hello.", b"\1" * 80)
    [file] = (tmp_path / PLATFORM).iterdir()
    file.write_bytes(b"")
    cache = ClipCache(tmp_path)
    assert cache.find("told", "Hello.") is None
    await rendered(cache, "Hello.", b"\2" * 80)
    assert ClipCache(tmp_path).find("told", "Hello.") == b"\2" * 80


async def test_a_disk_that_takes_nothing_is_said_once_and_the_clip_kept_in_memory(
    tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(clip_store.Path, "rename", full)
    cache = ClipCache(tmp_path)
    with capture_logs() as logged:
        assert await rendered(cache, "Hello.", b"\1" * 80) == b"\1" * 80
    assert [event["event"] for event in logged] == ["clip_not_written"]
    assert cache.find("told", "Hello.") == b"\1" * 80
    assert list((tmp_path / PLATFORM).iterdir()) == []


async def test_the_least_used_clips_go_first(monkeypatch):
    monkeypatch.setattr(clips, "MAX_BYTES", 250)
    cache = ClipCache()
    for text in ("one", "two"):
        await rendered(cache, text, b"\1" * 100)
    cache.find("told", "one")
    await rendered(cache, "three", b"\1" * 100)
    assert cache.find("told", "two") is None
    assert cache.find("told", "one") is not None
    assert cache.find("told", "three") is not None


async def test_a_clip_that_two_calls_rendered_counts_once(monkeypatch):
    monkeypatch.setattr(clips, "MAX_BYTES", 250)
    cache = ClipCache()
    for _ in range(5):
        await rendered(cache, "one", b"\1" * 100)
    await rendered(cache, "two", b"\1" * 100)
    assert cache.find("told", "one") is not None


async def test_a_clip_larger_than_the_whole_cache_is_passed_on_and_forgotten(monkeypatch):
    monkeypatch.setattr(clips, "MAX_BYTES", 50)
    cache = ClipCache()
    assert await rendered(cache, "one", b"\1" * 100) == b"\1" * 100
    assert cache.find("told", "one") is None
    assert await rendered(cache, "two", b"\1" * 50) == b"\1" * 50
    assert cache.find("told", "two") is not None


async def test_prepared_clips_are_not_rendered_again(tmp_path):
    cache, voice = ClipCache(tmp_path), StubTextToSpeech()
    for _ in range(2):
        await cache.prepare(voice, "Hello. 🙂 How can I help?")
    assert voice.spoken == ["Hello.", "How can I help?"]
    assert cache.find("told", "Hello.")


async def test_clips_of_an_organization_are_not_played_to_callers_of_others(tmp_path):
    cache = ClipCache(tmp_path)
    await rendered(cache, "Hello.", b"\1" * 80, owner="acorn")
    for found_by in (cache, ClipCache(tmp_path)):
        assert found_by.find("told", "Hello.", owner="acorn") == b"\1" * 80
        assert found_by.find("told", "Hello.", owner="birch") is None
        assert found_by.find("told", "Hello.") is None


async def test_clips_of_the_platform_are_shared(tmp_path):
    cache = ClipCache(tmp_path)
    await rendered(cache, "Goodbye.", b"\1" * 80)
    assert cache.find("told", "Goodbye.", owner="acorn") == b"\1" * 80


# --- what must not be kept, and what must go ----------------------------------------------------

VOICE = tone_mulaw(500)
NOISE = ToTelephone(24_000).push(audio.mp3(4_000))


def kept_unchecked(directory, text: str, clip: bytes) -> Path:
    """A clip as a version kept it that looked at none."""
    (directory / "acorn").mkdir(parents=True, exist_ok=True)
    path = directory / "acorn" / clips._unchecked_key("told", text)
    path.write_bytes(clip)
    return path


@pytest.mark.parametrize("clip", [NOISE, b"\xff" * 8_000, b"\x05" * 7], ids=["noise", "still", "7"])
def test_a_clip_of_an_older_version_that_is_no_voice_is_thrown_out(tmp_path, clip):
    path = kept_unchecked(tmp_path, "Hello.", clip)
    assert ClipCache(tmp_path).find("told", "Hello.", owner="acorn") is None
    assert not path.exists()


def test_a_clip_of_an_older_version_that_is_a_voice_stays(tmp_path):
    path = kept_unchecked(tmp_path, "Hello.", VOICE)
    for _ in range(2):
        assert ClipCache(tmp_path).find("told", "Hello.", owner="acorn") == VOICE
    assert not path.exists()  # it has its place among those that were looked at


async def test_deleted_clips_are_removed_from_other_processes(tmp_path):
    calls, pages = ClipCache(tmp_path), ClipCache(tmp_path)
    await rendered(calls, "Hello.", b"\1" * 80, owner="acorn")
    await rendered(calls, "Hello.", b"\2" * 80, owner="birch")
    for again in (b"\3", b"\4"):
        pages.forget("acorn")
        assert calls.find("told", "Hello.", owner="acorn") is None
        assert calls.find("told", "Hello.", owner="birch") == b"\2" * 80
        await rendered(calls, "Hello.", again * 80, owner="acorn")
        assert pages.find("told", "Hello.", owner="acorn") == again * 80


async def test_a_rendering_started_before_a_deletion_is_not_cached(tmp_path):
    cache, gate = ClipCache(tmp_path), Gate()
    voice = StubTextToSpeech([b"\1" * 80, gate, b"\1" * 80])
    recording = asyncio.create_task(cache.prepare(voice, "Hello.", owner="acorn"))
    await gate.reached()
    ClipCache(tmp_path).forget("acorn")
    gate.open()
    await recording
    assert cache.find("told", "Hello.", owner="acorn") is None
    assert ClipCache(tmp_path).find("told", "Hello.", owner="acorn") is None


async def test_without_a_disk_the_memory_forgets():
    cache = ClipCache()
    await rendered(cache, "Hello.", b"\1" * 80, owner="acorn")
    cache.forget("acorn")
    assert cache.find("told", "Hello.", owner="acorn") is None
