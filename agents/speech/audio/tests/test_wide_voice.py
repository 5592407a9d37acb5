"""What a voice has beyond the telephone's band: handed over by the pieces that are played."""

from agents.speech.audio import wide_voice
from agents.speech.audio.both_bands import BothBands, wide_of
from agents.speech.audio.wide_voice import WideVoice


def sound(begin: int, end: int) -> BothBands:
    """Bytes that tell where they are, with PCM that does, too."""
    audio = bytes(at % 251 for at in range(begin, end))
    return BothBands(audio, b"".join(bytes([byte, 1, byte, 2]) for byte in audio))


def test_pieces_get_what_lies_beside_them_however_both_are_cut():
    voice, whole = WideVoice(), sound(0, 1000)
    for begin in range(0, 1000, 300):
        voice.push("r1", sound(begin, min(1000, begin + 300)))
    taken = b""
    for begin in range(0, 1000, 170):
        taken += voice.take("r1", whole[begin : begin + 170])
    assert taken == whole.wide


def test_of_a_long_piece_little_is_copied_with_each_frame():
    voice, whole = WideVoice(), sound(0, 40_000)
    voice.push("r1", whole)
    assert max(map(len, voice._responses["r1"])) == wide_voice.PIECE
    frames = range(0, len(whole), 160)
    taken = [voice.take("r1", whole[begin : begin + 160]) for begin in frames]
    assert b"".join(taken) == whole.wide
    assert voice._bytes == 0


def test_responses_are_apart_and_one_that_is_forgotten_gives_no_more():
    voice = WideVoice()
    voice.push("r1", sound(0, 50))
    voice.push("r2", sound(7, 50))
    assert voice.take("r2", sound(7, 20)) == sound(7, 20).wide
    voice.forget("r2")
    voice.forget("r3")
    assert voice.take("r2", sound(20, 30)) == b""
    assert voice.take("r1", sound(0, 50)) == sound(0, 50).wide


def test_where_some_of_a_piece_has_mulaw_alone_all_of_it_is_played_as_that():
    voice = WideVoice()
    for piece in (sound(0, 40), bytes(sound(40, 60)), sound(60, 100)):
        voice.push("r1", piece)
    assert voice.take("r1", sound(0, 30)) == sound(0, 30).wide
    assert voice.take("r1", sound(30, 70)) == b""
    assert voice.take("r1", sound(70, 100)) == sound(70, 100).wide


def test_sound_that_the_voice_did_not_make_is_never_played_as_the_voices():
    voice = WideVoice()
    voice.push("r1", sound(0, 40))
    assert voice.take("r1", sound(0, 20)) == sound(0, 20).wide
    assert voice.take("r1", b"\xee" * 20) == b""  # the tones of keys
    assert voice.take("r1", sound(20, 40)) == b""  # its place is lost
    voice.push("r1", sound(40, 60))
    assert voice.take("r1", sound(40, 60)) == sound(40, 60).wide


def test_what_is_not_played_is_bounded(monkeypatch):
    monkeypatch.setattr(wide_voice, "MOST_BYTES", 2500)
    voice = WideVoice()
    for number in range(20):
        voice.push(f"r{number}", sound(0, 100))  # 500 bytes
        assert voice._bytes <= 2500
    assert voice.take("r14", sound(0, 100)) == b""
    assert all(voice.take(f"r{number}", sound(0, 100)) for number in range(15, 20))
    for number in range(20):
        voice.push(f"s{number}", bytes(sound(0, 1)))
    assert len(voice._responses) == wide_voice.MOST_RESPONSES
    assert wide_of(bytes(sound(0, 1))) == b""


def test_nothing_begins_no_response():
    voice = WideVoice()
    voice.push("r1", b"")
    assert not voice._responses
