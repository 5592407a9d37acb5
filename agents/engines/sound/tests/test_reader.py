"""What was looked at before it was known what it is."""

from agents.engines.sound.reader import PIECE, Asked, telephone_sound
from agents.speech.audio import mulaw
from agents.speech.audio.first_bytes import SoundKind
from testing.sound import audio


async def test_a_long_silence_before_a_voice_is_given_piece_by_piece():
    voice = audio.pcm(500)

    async def received():
        for _ in range(60):
            yield bytes(4_000)
        yield voice

    asked = Asked(SoundKind.PCM)
    pieces = [
        piece async for piece in telephone_sound(received(), content_type="audio/pcm", asked=asked)
    ]
    seconds = (60 * 4_000 + len(voice)) / 48_000
    assert abs(sum(map(len, pieces)) - seconds * mulaw.RATE) < 10
    assert max(map(len, pieces)) <= PIECE // 6 + 1  # two bytes a sample, three samples to one
