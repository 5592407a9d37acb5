"""Rendered sentences: kept when they are whole, shared by processes, never more than so much."""

import os
from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from agents.engines import clips
from agents.engines.clips import ClipCache
from tests.fakes.engines import ToldTextToSpeech
from voicex.errors import EngineBusy

NOW = 1_800_000_000.0


async def rendered(cache: ClipCache, text: str, audio: bytes) -> bytes:
    voice = ToldTextToSpeech([audio])
    clip = b"".join([chunk async for chunk in cache.record(voice, text)])
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
    [file] = (tmp_path / "var" / "clips").iterdir()
    assert "Hello" not in file.name


@pytest.mark.parametrize("script", [[b"\1" * 80, EngineBusy()], []], ids=["cut", "silent"])
async def test_half_a_clip_and_an_empty_one_are_not_kept(tmp_path, script):
    cache = ClipCache(tmp_path)
    try:
        async for _ in cache.record(ToldTextToSpeech(script), "Hello."):
            pass
    except EngineBusy:
        pass
    assert cache.find("told", "Hello.") is None
    assert list(tmp_path.iterdir()) == []


async def test_who_stops_listening_leaves_no_clip_and_lets_the_voice_go(tmp_path):
    cache, voice = ClipCache(tmp_path), ToldTextToSpeech([b"\1", b"\2"])
    async with aclosing(cache.record(voice, "Hello.")) as chunks:
        await anext(chunks)
    assert voice.closed == 1
    assert cache.find("told", "Hello.") is None


async def test_a_file_that_lost_its_bytes_is_rendered_again(tmp_path):
    await rendered(ClipCache(tmp_path), "Hello.", b"\1" * 80)
    [file] = tmp_path.iterdir()
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

    monkeypatch.setattr(clips.Path, "rename", full)
    cache = ClipCache(tmp_path)
    with capture_logs() as logged:
        assert await rendered(cache, "Hello.", b"\1" * 80) == b"\1" * 80
    assert [event["event"] for event in logged] == ["clip_not_written"]
    assert cache.find("told", "Hello.") == b"\1" * 80
    assert list(tmp_path.iterdir()) == []


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


async def test_what_is_prepared_is_not_rendered_again(tmp_path):
    cache, voice = ClipCache(tmp_path), ToldTextToSpeech()
    for _ in range(2):
        await cache.prepare(voice, "Hello. 🙂 How can I help?")
    assert voice.spoken == ["Hello.", "How can I help?"]
    assert cache.find("told", "Hello.")


def on_disk(directory, **days):
    """A clip of 100 bytes for each name, last read so many days before NOW."""
    for name, age in days.items():
        (directory / name).write_bytes(b"\1" * 100)
        os.utime(directory / name, (NOW - age * 86_400,) * 2)


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_what_nobody_has_read_for_long_leaves_the_disk(tmp_path):
    on_disk(tmp_path, fresh=1, nearly=59.9, old=60.1)
    assert clips.prune(tmp_path, now=NOW) == 1
    assert names(tmp_path) == ["fresh", "nearly"]


def test_above_so_much_the_longest_unread_leave(tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "MAX_BYTES_ON_DISK", 250)
    on_disk(tmp_path, a=3, b=1, c=2)
    assert clips.prune(tmp_path, now=NOW) == 1
    assert names(tmp_path) == ["b", "c"]


def test_without_a_directory_there_is_nothing_to_delete(tmp_path):
    assert clips.prune(tmp_path / "clips", now=NOW) == 0


async def test_a_clip_that_is_read_again_stays(tmp_path):
    await rendered(ClipCache(tmp_path), "Hello.", b"\1" * 80)
    [file] = tmp_path.iterdir()
    os.utime(file, (0, 0))
    assert ClipCache(tmp_path).find("told", "Hello.") is not None
    assert clips.prune(tmp_path, now=file.stat().st_mtime + 1) == 0
    assert file.stat().st_mtime > 0
