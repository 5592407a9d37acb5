"""What a hostile visitor sends: texts, JSON, headers, bodies and files, drawn by a seed."""

import json
import random
from typing import Any, Final

TEXTS: Final = (
    "9999-12-31", "0001-01-01", "0000-00-00", "99999-01-01", "2026-02-30", "9999-12", "0000-00",
    "2026-W53-7", "24:00:00", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00",
    "9" * 20, "-1", "0", "1", "1e400", "-9223372036854775809", "9223372036854775807", "2147483648",
    "9" * 5_000, "0x10", "1_000", "٣", "½", "²", "NaN", "-inf", "true", "None", "null", "a\0b",
    "%00",
    "\ud800", "\udc80", "\ufffe", "\u202egnp.exe", "\u200f", "\u2028", "\U0010ffff",
    "e" + "\u0301" * 300,
    "%", "%s{0}", "%(x)s", "{{ 7|add:1 }}", "'\";--", "../../etc/passwd", "..", ".", "/", "\\",
    "#", "?",
    "http://[::1", "//evil.test", "javascript:x", "data:,x", "https://a.test:99999/", "é" * 300,
    "\n\r\t", "a\r\nSet-Cookie: b=c", " ", "\u00a0", "", ",", ",,,", "a,b", "-", "--", "[]", "{}",
    json.dumps({"a": 1}), "[" * 2_500, '{"a":' * 2_500, '"\\ud800"', "1e999", "[1e999]", "sk-é",
    "+1 (415) 555-0100", "a@" + "b" * 400 + ".test", "a@[1.2.3.4]", "ü@ü.test", "a@b@c",
    "x" * 100_000,
    "scripted", "local", "English", "xx-xx-xx", "zz", "UTC", "Mars/Phobos", "<script>", "]]>",
    "&#0;",
)  # fmt: skip
METHODS: Final = (
    "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "X" * 200,
)  # fmt: skip
CHARSETS: Final = (
    "utf-16", "utf-7", "unicode_escape", "raw_unicode_escape", "hex", "base64", "rot13", "idna",
    "punycode", "undefined", "zlib", "none-such", "latin-1", "utf-8", "\xff", "a" * 500, "",
)  # fmt: skip
FORM: Final = "application/x-www-form-urlencoded"
CONTENT_TYPES: Final = (
    "", FORM, "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=é",
    "multipart/form-data; boundary=" + "b" * 300, "multipart/mixed; boundary=x", "application/json",
    "text/plain", "application/json; charset=utf-16", "a", ";", "multipart/form-data; boundary=\"x",
    "multipart/form-data; boundary*=utf-8''x", "multipart/form-data; boundary=x; charset=hex",
)  # fmt: skip
_HEAD: Final = b"--x\r\nContent-Disposition: form-data"
_PART: Final = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
BODIES: Final = (
    b"", b"\0" * 100, b"\xff\xfe\xfd", b"--x", b"--x--", b"--x\r\n", b"--x\r\n\r\n--x--\r\n",
    b"a" * 3_000_000, b"&" * 5_000, b"a=1&" * 5_000, b"a[]=1&a[b]=2&a[][]=3", b"=&=&=",
    b"%&%u1234&%ff=%ff",
    _PART % (b"a", b"", b"1"), _PART % (b"a", b'; filename="x.json"', b"{}") + b"--x",
    _PART % (b"file", b'; filename="../../\0x"', b"{}") + b"--x--\r\n",
    _PART % (b"file", b"; filename*=utf-8''%ff%00", b"{}") + b"--x--\r\n",
    _PART % (b"file", b"; filename*=hex'x'61", b"{}") + b"--x--\r\n",
    _PART % (b"\xff", b"", b"\xff\xfe") + b"--x--\r\n",
    _HEAD + b'; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n',
    _HEAD + b'; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA\r\n--x--',
    _HEAD + b'; name="a"\r\nContent-Type: text/plain; charset=hex\r\n\r\nzz\r\n--x--\r\n',
    b"--x\r\n" + b"Content-Disposition: form-data; name=a\r\n" * 2_000 + b"\r\n1\r\n--x--\r\n",
    b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
    (_PART % (b"a", b"", b"1")) * 2_000 + b"--x--\r\n",
    (_PART % (b"f", b'; filename="f"', b"1")) * 150 + b"--x--\r\n",
    b"[" * 100_000, b'{"a": "\\ud800"}', b"[1e999, -0, NaN]", b"null",
)  # fmt: skip
_AGENT: Final = b'{"format": "voicex-agent", "format_version": 1, "name": "A", %s}'
FILES: Final = (
    b"", b"\0" * 100, b"[" * 2_500, b"RIFF\xff\xff\xff\xff", b"\xff\xfe{", b"null", b'"', b"[]",
    b"{}",
    b'{"format": "voicex-agent", "format_version": 1e999}', _AGENT % b'"name": "\\ud800"',
    b'{"format": [], "format_version": {}}', b"\xef\xbb\xbf{}", b"1e999", b"9" * 5_000,
    _AGENT % b'"engines": {"stt": 7}', _AGENT % b'"turn_taking": {"pause_ms": 1e308}',
    _AGENT % b'"greeting": "\\ud800"', _AGENT % b'"engine_settings": {"local.speed": []}',
    _AGENT % b'"greeting": ["a"], "engines": []', _AGENT % b'"\\u0000": 1',
)  # fmt: skip
FILE_NAMES: Final = (
    "agent.json", "x" * 300, "\u202egnp.exe", "..", "/", "a\0b", "", "\ud800", "é.json", 'a".json',
)  # fmt: skip
HEADERS: Final[dict[bytes, tuple[str, ...]]] = {
    b"accept-language": ("de", "de;q=NaN", "*", "x" * 600, "de-" + "a-" * 5_000, "en;q=1e9,,;",
    "\xff"),
    b"accept": ("application/json", "text/vnd.reddit+html", "*/*;q=x", "\xff", "a" * 5_000),
    b"accept-encoding": ("gzip;q=x", "\xff", "," * 5_000),
    b"x-forwarded-for": ("1.2.3.4", "::1", "a, b", "1" * 5_000, "\xff", ""),
    b"x-forwarded-host": ("evil.test", "[::1", "\xff"),
    b"x-forwarded-proto": ("http", "https", "https,http", "\xff"),
    b"x-forwarded-port": ("99999", "a"),
    b"forwarded": ("for=[::1", "by=\xff"),
    b"host": ("evil.test", "[::1", "localhost:99999", "localhost:", "", "a b", "\xff",
    "localhost:٣", "x" * 5_000),
    b"origin": ("null", "http://[", "https://evil.test", "http://localhost:8000", "\xff"),
    b"referer": ("http://[", "https://evil.test/", "/", "\xff", "http://localhost:99999999/",
    "x" * 5_000),
    b"range": ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "9" * 5_000 + "-", "bytes=0-1,2-3",
    "a=1", "\xff"),
    b"if-modified-since": ("0", "Mon, 99 Foo 99999 99:99:99 GMT", "Thu, 01 Jan 0000 00:00:00 GMT",
    "\xff"),
    b"if-none-match": ("*", '"', 'W/"x"', "\xff"),
    b"if-range": ('"x"', "\xff"),
    b"hx-request": ("true", "\xff"),
    b"hx-current-url": ("http://[", "\xff", "%ff", "http://localhost:8000/?%00"),
    b"hx-target": ("x", "\xff"),
    b"hx-current-url-uri-autoencoded": ("true",),
    b"x-requested-with": ("XMLHttpRequest",),
    b"x-csrftoken": ("", "x", "\xff" * 64, "a" * 64, "a" * 32),
    b"x-twilio-signature": ("", "\xff", "A" * 28, "=" * 5_000),
    b"authorization": ("Basic \xff", "Basic !!!", "Bearer " + "x" * 5_000, "Digest"),
    b"user-agent": ("", "\xff" * 300, "x" * 8_000, "\ufffd"),
    b"sec-fetch-site": ("cross-site", "\xff"),
    b"cookie": (
        "csrftoken=x", "csrftoken=\xff", "sessionid=x", "sessionid=\xff",
        "sessionid=" + "a" * 5_000, ";;;=;=",
        "messages=x", "messages=[[\"__json_message\"", "device=x", "device=\xff:\xff",
        "django_language=xx",
        "django_language=\xff", "theme=\xff", "theme=x", "zone=Mars", "zone=\xff",
        "a=" + "b" * 8_000,
        'sessionid="\\000"', 'csrftoken="\\377\\012"', "tz=../../etc/passwd", "zone=/etc/passwd",
    ),
    b"content-encoding": ("gzip",),
    b"transfer-encoding": ("chunked",),
}  # fmt: skip


class Garbage:
    """A source of it; the same seed gives the same."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def happens(self, share: float) -> bool:
        """True in so many of one."""
        return self.chance.random() < share

    def text(self) -> str:
        """What a field may hold."""
        if self.happens(0.1):
            return json.dumps(self.json())
        if self.happens(0.1):
            return "".join(self.chance.choice(TEXTS)[:40] for _ in range(3))
        return self.chance.choice(TEXTS)

    def damaged(self, text: str) -> str:
        """A text that was good, nearly as it was."""
        place = self.chance.randrange(len(text) + 1)
        return self.chance.choice(
            (
                text[:place], text * 2, text.upper(), text[::-1], f" {text} ", f"-{text}",
                f"{text}\ud800",
                text[:place] + self.chance.choice(TEXTS)[:60] + text[place:], f"{text}0",
                f"[{text}]",
            )
        )  # fmt: skip

    def json(self, depth: int = 3) -> Any:
        """Anything that JSON can say, and some that Python's can say beside that."""
        kind = self.chance.randrange(9 if depth else 7)
        if kind < 3:
            return self.chance.choice(TEXTS)[:200]
        if kind < 7:
            return self.chance.choice(
                (
                    0,
                    -1,
                    1.5,
                    1e308,
                    float("inf"),
                    float("nan"),
                    2**63,
                    10**400,
                    True,
                    False,
                    None,
                    "",
                )
            )
        many = range(self.chance.randrange(4))
        if kind == 7:
            return [self.json(depth - 1) for _ in many]
        return {self.chance.choice(TEXTS)[:20]: self.json(depth - 1) for _ in many}

    def headers(self, most: int = 3) -> list[tuple[bytes, bytes]]:
        """Some that no browser sends."""
        names = self.chance.sample(sorted(HEADERS), self.chance.randint(1, most))
        return [(name, as_sent(self.chance.choice(HEADERS[name]))) for name in names]

    def content_type(self) -> str:
        """Of a body that may be anything."""
        if self.happens(0.5):
            return self.chance.choice(CONTENT_TYPES)
        charset = self.chance.choice(CHARSETS)
        kind = self.chance.choice((FORM, "multipart/form-data; boundary=x", "text/html"))
        return f"{kind}; charset={charset}"


def as_sent(text: str) -> bytes:
    """The bytes of a header."""
    return text.encode("latin-1", "replace")
