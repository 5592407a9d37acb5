"""The caller's sound at 16 kHz: cut as the mu-law is, and never more than is needed."""

from agents.speech.audio.wide_sound import BYTES_PER_POSITION, MOST_BYTES, WideSound

PCM = bytes(range(256)) * 4


def test_the_same_moments_are_cut_as_of_the_mu_law():
    wide = WideSound()
    wide.keep(lambda: 0)
    wide.push(PCM[:300])
    wide.push(PCM[300:])
    assert wide.between(10, 200) == PCM[40:800]


def test_what_the_reader_has_forgotten_is_forgotten_here_too():
    wide, wanted = WideSound(), 0
    wide.keep(lambda: wanted)
    wide.push(PCM)
    wanted = 256
    wide.push(PCM)
    assert wide.between(255, 300) == b""
    assert wide.between(256, 300) == PCM[: 44 * BYTES_PER_POSITION]


def test_what_has_not_come_yet_is_not_cut_in_part():
    wide = WideSound()
    wide.keep(lambda: 0)
    wide.push(PCM)
    assert wide.between(0, len(PCM) // BYTES_PER_POSITION + 1) == b""


def test_without_a_reader_nothing_is_kept_and_a_late_one_counts_from_the_same_moment():
    wide = WideSound()
    wide.push(PCM)
    wide.keep(lambda: 0)
    wide.push(PCM)
    assert wide.between(0, 10) == b""
    assert wide.between(256, 266) == PCM[: 10 * BYTES_PER_POSITION]


def test_a_reader_that_forgets_nothing_is_no_leak():
    wide = WideSound()
    wide.keep(lambda: 0)
    second = bytes(32_000)
    for _ in range(90):
        wide.push(second)
    kept = MOST_BYTES // BYTES_PER_POSITION
    end = 90 * len(second) // BYTES_PER_POSITION
    assert wide.between(end - kept, end) == bytes(MOST_BYTES)
    assert wide.between(end - kept - 1, end) == b""
