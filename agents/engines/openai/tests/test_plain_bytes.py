"""Bodies that were compressed, or written in another encoding, without saying so."""

import gzip

import pytest

from agents.engines.openai.plain_bytes import NotReadable, PlainBytes, plain

TEXT = 'data: {"a": "é☎"}\n\n' * 5
SIZES = pytest.mark.parametrize("size", [1, 2, 3, 5, 999])


def read(body, size, **options):
    reader = PlainBytes(**options)
    pieces = [reader.push(body[at : at + size]) for at in range(0, len(body), size)]
    return b"".join([*pieces, reader.flush()])


@SIZES
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_becomes_utf_8(encoding, size):
    assert read(TEXT.encode(encoding), size).decode() == TEXT


@SIZES
def test_what_is_compressed_is_unpacked(size):
    assert read(gzip.compress(TEXT.encode()), size).decode() == TEXT


@SIZES
def test_what_is_compressed_in_several_parts_is_one(size):
    packed = gzip.compress(b"") + b"".join(map(gzip.compress, (b"We open ", b"at ", b"nine.")))
    assert read(packed, size) == b"We open at nine."
    assert read(packed + b"\0" * 9, size) == b"We open at nine."


@pytest.mark.parametrize("left", [1, 8, 20])
def test_what_was_cut_is_not_whole(left):
    body = gzip.compress(TEXT.encode())
    reader = PlainBytes()
    reader.push(body[:-left])
    with pytest.raises(NotReadable):
        reader.flush()


@SIZES
def test_sound_is_never_taken_for_letters(size):
    sound = b"\xff\xfe" + bytes(range(256))
    assert read(sound, size, is_text=False) == sound


@pytest.mark.parametrize("body", [b"", b"d", b"{", b"\x1f", b"\x1f\x8b", b"42"])
def test_what_is_too_short_to_be_anything_stays(body):
    assert plain(body) == body


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"\0" * 9_000_000),
        gzip.compress(b"\0" * 600_000) * 2,
        gzip.compress(b"") * 3_000,
        b"\x1f\x8b\x08\0" + b"abcdefgh" * 4,
    ],
    ids=["endless", "long together", "parts of nothing", "damaged"],
)
def test_what_is_damaged_or_endless_is_not_read(body):
    with pytest.raises(NotReadable):
        plain(body)
