"""MP3 becomes mu-law while it arrives, and FFmpeg never outlives its utterance."""

import asyncio
import re
from contextlib import aclosing

import numpy as np
import pytest

from agents.engines.sound import mp3
from agents.speech.audio import mulaw
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Gate
from testing.sound import audio
from voicex.errors import EngineError, EngineMissing, EngineReason

MS = 3000


@pytest.fixture(autouse=True)
async def closed_at_the_end():
    yield
    await mp3.aclose()


async def in_pieces(data, size=480):
    for piece in audio.pieces(data, size):
        yield piece


async def decoded(source, **options):
    return b"".join([chunk async for chunk in mp3.mulaw_from_mp3(source, **options)])


def loudest_hertz(samples):
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(np.argmax(spectrum) * mulaw.RATE / len(samples))


@pytest.mark.parametrize("size", [48, 480, 1_000_000])
async def test_the_sound_is_the_same_however_the_mp3_is_cut(size):
    heard = mulaw.decode(await decoded(in_pieces(audio.mp3(MS), size)))
    assert len(heard) / 8 == pytest.approx(MS, abs=120)  # MP3 pads its ends
    assert loudest_hertz(heard) == pytest.approx(125, abs=2)
    sent = mulaw.decode(mulaw.encode(np.frombuffer(audio.pcm(MS, 8000), "<i2")))
    assert audio.level(heard) == pytest.approx(audio.level(sent), rel=0.15)


async def test_the_first_sound_is_out_before_the_mp3_has_ended():
    gate = Gate()
    gate.close()
    data = audio.mp3(MS)

    async def a_third_and_then_the_rest():
        yield data[: len(data) // 3]
        await gate.passed()
        yield data[len(data) // 3 :]

    async with aclosing(mp3.mulaw_from_mp3(a_third_and_then_the_rest())) as sound:
        async with asyncio.timeout(GUARD_SECONDS):
            first = await anext(sound)
        assert first
        gate.open()
        rest = b"".join([chunk async for chunk in sound])
    assert len(first + rest) / 8 == pytest.approx(MS, abs=120)


async def test_no_mp3_at_all_is_an_error_with_ffmpegs_own_words():
    with pytest.raises(EngineError) as failed:
        await decoded(in_pieces(b"this is not an MP3" * 100))
    assert failed.value.reason == EngineReason.UNREADABLE
    assert re.match(r"FFmpeg could not decode the MP3: .*Invalid", failed.value.detail)


async def test_an_error_of_the_input_stream_is_raised_unchanged():
    async def breaks():
        yield audio.mp3(MS)[:5000]
        raise EngineError("the provider broke off")

    with pytest.raises(EngineError) as failed:
        await decoded(breaks())
    assert failed.value.detail == "the provider broke off"


async def test_more_mp3_than_a_sentence_can_be_is_not_read(monkeypatch):
    monkeypatch.setattr(mp3, "MAX_MP3_BYTES", 5_000)
    with pytest.raises(EngineError) as failed:
        await decoded(in_pieces(audio.mp3(MS)))
    assert "more than 5000 bytes" in failed.value.detail


async def test_more_sound_than_a_sentence_can_be_is_not_given(monkeypatch):
    monkeypatch.setattr(mp3, "MAX_AUDIO_BYTES", 8_000)
    with pytest.raises(EngineError) as failed:
        await decoded(in_pieces(audio.mp3(MS)))
    assert "bytes of sound" in failed.value.detail


def test_ffmpeg_is_given_a_bound_of_processor_time():
    command = mp3.decoder_command("ffmpeg")
    assert command[command.index("-timelimit") + 1] == str(mp3.CPU_SECONDS)


@pytest.fixture
def spawned(monkeypatch):
    """Every FFmpeg that was started."""
    decoders = []
    spawn = mp3.Decoder.spawn

    async def noted(*kind):
        decoders.append(await spawn(*kind))
        return decoders[-1]

    monkeypatch.setattr(mp3.Decoder, "spawn", noted)
    return decoders


async def then_nothing_more(data, is_reading, is_closed):
    try:
        yield data
        is_reading.set()
        await asyncio.Event().wait()
    finally:
        is_closed.set()


async def test_closing_early_ends_ffmpeg_and_the_reading(spawned):
    is_reading, is_closed = asyncio.Event(), asyncio.Event()
    source = then_nothing_more(audio.mp3(MS), is_reading, is_closed)
    async with aclosing(mp3.mulaw_from_mp3(source)) as sound:
        await anext(sound)
        assert spawned[0].is_alive
    assert is_closed.is_set()
    assert not spawned[0].is_alive


async def test_a_cancelled_utterance_leaves_no_process(spawned):
    is_reading, is_closed = asyncio.Event(), asyncio.Event()
    source = then_nothing_more(b"", is_reading, is_closed)
    speaking = asyncio.create_task(decoded(source))
    await is_reading.wait()
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert is_closed.is_set()
    assert not spawned[0].is_alive


async def test_an_ffmpeg_that_dies_in_the_middle_is_an_error(spawned):
    is_reading, is_closed = asyncio.Event(), asyncio.Event()
    source = then_nothing_more(audio.mp3(MS), is_reading, is_closed)
    async with aclosing(mp3.mulaw_from_mp3(source)) as sound:
        await anext(sound)
        spawned[0].kill()
        with pytest.raises(EngineError) as failed:
            _ = [chunk async for chunk in sound]
        assert "FFmpeg could not decode" in failed.value.detail


async def test_closing_the_pool_leaves_no_process(spawned):
    pool = mp3.pool()
    pool.prepare()
    await pool._refill
    assert [decoder.is_alive for decoder in spawned] == [True, True]
    await mp3.aclose()
    assert [decoder.is_alive for decoder in spawned] == [False, False]


async def test_the_next_utterance_finds_a_process_that_waits(spawned):
    pool = mp3.pool()
    pool.prepare()
    await pool._refill
    decoder = await pool.take()
    assert decoder is spawned[0]
    await decoder.end()


async def test_a_waiting_process_that_died_is_not_used():
    pool = mp3.pool()
    pool.prepare()
    await pool._refill
    dead = pool._idle[0]
    await dead.end()
    decoder = await pool.take()
    assert decoder is not dead
    assert decoder.is_alive
    await decoder.end()


async def test_a_wrong_ffmpeg_binary_is_said_in_a_sentence(tmp_path):
    with pytest.raises(EngineMissing, match="FFMPEG_BINARY is '/no/such/ffmpeg'"):
        await decoded(in_pieces(b""), ffmpeg_binary="/no/such/ffmpeg")


@pytest.fixture
def nothing_packaged(monkeypatch) -> None:
    """The package has no binary for this machine."""
    import imageio_ffmpeg

    def none():
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)


def test_without_any_ffmpeg_one_sentence_says_what_to_do(monkeypatch, nothing_packaged):
    monkeypatch.setattr(mp3.shutil, "which", lambda name: None)
    with pytest.raises(EngineMissing, match="make install"):
        mp3.find_ffmpeg.__wrapped__()


def test_the_packaged_ffmpeg_goes_before_the_systems_for_it_starts_sooner(monkeypatch):
    monkeypatch.setattr(mp3.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "imageio_ffmpeg" in mp3.find_ffmpeg.__wrapped__()


def test_the_systems_ffmpeg_is_taken_where_the_package_has_none(monkeypatch, nothing_packaged):
    monkeypatch.setattr(mp3.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert mp3.find_ffmpeg.__wrapped__() == "/usr/bin/ffmpeg"
