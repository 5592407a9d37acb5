"""What a hostile visitor fills into the fields of forms and queries."""

import json
from typing import Final

TEXTS: Final = (
    "9999-12-31", "0001-01-01", "2026-02-30", "9999-12", "0000-00", "9" * 20, "-1", "0", "1e400",
    "9" * 5_000, "٣", "½", "NaN", "true", "a\0b", "\ud800", "\u202egnp.exe", "%", "%s{0}", "'\";--",
    "../../etc/passwd", "http://[::1", "//evil.test", "é" * 300, "\n\r\t", " ", "",
    json.dumps({"a": 1}), "[" * 2_500, '{"a":' * 2_500, "sk-é", "+1 (415) 555-0100",
    "a@" + "b" * 400 + ".test", "x" * 100_000,
)  # fmt: skip
# Those that a date, a number or a key of a table meets first.
ALWAYS: Final = ("9999-12-31", "0001-01-01", "9" * 20, "-1", "\ud800")
_AGENT: Final = b'{"format": "voicex-agent", "format_version": 1, "name": "A", %s}'
FILES: Final = (
    b"", b"\0" * 100, b"[" * 2_500, b"RIFF\xff\xff\xff\xff", b"\xff\xfe{",
    b'{"format": "voicex-agent", "format_version": 1e999}', _AGENT % b'"name": "\\ud800"',
    _AGENT % b'"engines": {"stt": 7}', _AGENT % b'"turn_taking": {"pause_ms": 1e308}',
    _AGENT % b'"greeting": "\\ud800"', _AGENT % b'"engine_settings": {"local.speed": []}',
)  # fmt: skip
