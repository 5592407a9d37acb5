"""Sound that a server wrote into JSON."""

import base64
import json
import threading

import pytest

from agents.engines.sound import in_json

SOUND = bytes(range(256)) * 4


async def received(body: bytes):
    for at in range(0, len(body), 1_000_000):
        yield body[at : at + 1_000_000]


def field(sound: bytes = SOUND) -> bytes:
    return json.dumps({"audio": base64.b64encode(sound).decode()}).encode()


@pytest.mark.parametrize(
    ("body", "sound"),
    [
        (field(), SOUND),
        (field().replace(b"/", b"\\/"), SOUND),
        (b'{"data": {"audio": "' + SOUND.hex().encode() + b'", "status": 2}}', SOUND),
        (field().replace(b'"audio": "', b"'Audio_Content' : 'data:audio/wav;base64,")[:-2], b""),
        (b"data: " + field() + b"\n\ndata: " + field(b"x" * 900), SOUND + b"x" * 900),
        (b'{"content": "' + b"It failed. " * 60 + b'", ' + field()[1:], SOUND),
        (b'{"audio": "AAAA", "data": {' + field()[1:] + b"}", SOUND),
        (b'{"audio": "' + b"A" * 500, b""),
        (b" " * 31_995 + field() + b" " * 70_000 + field(), SOUND + SOUND),
    ],
)
async def test_fields_of_sound_are_read(body, sound):
    assert (await in_json.sound_in(received(body))).sound == sound


async def test_it_is_read_off_the_loop(monkeypatch):
    threads = []
    decoded = in_json._decoded
    monkeypatch.setattr(
        in_json, "_decoded", lambda text: threads.append(threading.get_ident()) or decoded(text)
    )
    assert (await in_json.sound_in(received(field()))).sound == SOUND
    assert threads
    assert threads[0] != threading.get_ident()


async def test_more_than_a_sentence_is_none():
    assert (await in_json.sound_in(received(field(b"x" * 3_000_000)))).sound == b"x" * 3_000_000
    assert (await in_json.sound_in(received(field(b"x" * 3_800_000)))).sound == b""


@pytest.mark.parametrize("field_of_rate", ['"sampling_rate": 22050', '"sampleRateHertz":"22050"'])
@pytest.mark.parametrize("is_behind", [False, True])
async def test_the_rate_is_read_on_either_side_of_the_sound(field_of_rate, is_behind):
    parts = [field_of_rate.encode(), field()[1:-1]]
    body = b"{" + b", ".join(parts[::-1] if is_behind else parts) + b"}"
    assert await in_json.sound_in(received(body)) == in_json.Found(SOUND, 22_050)


async def test_an_error_after_base64_is_no_sound():
    body = b"data: " + base64.b64encode(b"RIFF" + SOUND) + b'\n\ndata: {"error": "no"}\n\n'
    assert in_json.may_hold_sound(body[:64])
    assert await in_json.sound_in(received(body)) == in_json.Found()


@pytest.mark.parametrize(
    ("behind", "is_cut"),
    [
        (b', "error": {"code": 0, "message": "success"}}', False),
        (b', "error": {"code": "0", "message": "complete"}}', False),
        (b', "error": {"message": "success", "request_id": "a"}}', False),
        (b', "error": {"code": null, "message": null, "type": ""}}', False),
        (b', "error": "none"}', False),
        (b', "error": "0"}', False),
        (b', "error": false}', False),
        (b', "error": {"code": 200, "message": "OK"}}', False),
        (b', "error": true}', True),
        (b', "error": {"code": "", "message": "gone"}}', True),
        (b', "error": {"message": "gone", "type": "server_error", "code": null}}', True),
        (b', "error": {"code": 500}}', True),
        (b', "error": {"message": "go', True),
        (b", 'error': 'gone'}", True),
        (b', "error": ' + b'{"a":' * 330 + b"}" * 330, True),
    ],
)
async def test_a_voice_is_cut_where_an_error_follows_it(behind, is_cut):
    body = field()[:-1] + behind
    assert await in_json.sound_in(received(body)) == in_json.Found(SOUND, is_cut=is_cut)
    numbers = b'{"samples": [' + b"0, 1, " * 900 + b"0]" + behind
    assert (await in_json.sound_in(received(numbers))).is_cut is is_cut


async def test_an_error_before_more_of_a_voice_has_not_cut_it():
    failed = b'event: error\ndata: {"type": "error", "error": {"message": "again"}}\n\n'
    body = b"data: " + field() + b"\n\n" + failed + b"data: " + field() + b"\n\n"
    assert await in_json.sound_in(received(body)) == in_json.Found(SOUND + SOUND)
    assert (await in_json.sound_in(received(body + failed))).is_cut
