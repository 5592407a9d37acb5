"""Requests to one route, as hostile visitors make them: drawn by a seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from tests.security.applications import Headers, Request
from tests.security.fields import Form
from tests.security.garbage import (
    BODIES,
    FILE_NAMES,
    FILES,
    FORM,
    METHODS,
    Garbage,
    as_sent,
)

BOUNDARY = "x-x-x"
Pairs = list[tuple[str, str]]


@dataclass
class Target:
    """What is known of a route.

    good: values of its address; others: further ones for each; queries: names that it may read
    and values that its pages show; forms: those that lead there; takes_get: not only POST.
    """

    template: str
    good: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    queries: dict[str, list[str]] = field(default_factory=dict)
    always: Mapping[str, list[str]] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    takes_get: bool = True
    takes_post: bool = True


def requests(
    target: Target, visitors: Mapping[str, Headers], garbage: Garbage, many: int
) -> Iterator[tuple[str, Request]]:
    """So many, each with the name of who makes it."""
    for _ in range(many):
        usual = target.visitors or sorted(visitors)
        who = garbage.chance.choice(sorted(visitors) if garbage.happens(0.05) else usual)
        yield who, _drawn(target, visitors[who], garbage)


def _drawn(target: Target, cookies: Headers, garbage: Garbage) -> Request:
    request = Request("GET", _path(target, garbage), headers=list(cookies))
    request.query = _query(target, garbage)
    posts = target.takes_post and (not target.takes_get or garbage.happens(0.6))
    if posts:
        request.method = "POST"
        kind, request.body = _body(target, garbage)
        request.headers.append((b"content-type", as_sent(kind)))
    elif garbage.happens(0.1):
        request.headers.append((b"content-type", as_sent(garbage.content_type())))
    if garbage.happens(0.25):
        more = garbage.headers()
        replaced = {name for name, _ in more}
        if garbage.happens(0.5):
            request.headers = [each for each in request.headers if each[0] not in replaced]
        request.headers += more
    if not any(name == b"host" for name, _ in request.headers):
        request.headers.append((b"host", b"localhost:8000"))
    if garbage.happens(0.05):
        request.method = garbage.chance.choice(METHODS)
    request.is_trusted = garbage.happens(0.9)
    return request


def _path(target: Target, garbage: Garbage) -> str:
    """Mostly of what there is; else of something else, or of nothing."""
    values = dict(target.good)
    if values and garbage.happens(0.25):
        name = garbage.chance.choice(sorted(values))
        others = [*target.others.get(name, ()), garbage.damaged(values[name]), garbage.text()[:500]]
        values[name] = quote(garbage.chance.choice(others), safe="", errors="replace")
    return target.template % values


def _query(target: Target, garbage: Garbage) -> bytes:
    pairs = [(name, garbage.chance.choice(values)) for name, values in target.always.items()]
    if garbage.happens(0.6) and target.queries:
        offered = {name: [*values, ""] for name, values in target.queries.items()}
        many = min(len(offered), garbage.chance.randint(1, 3))
        names = garbage.chance.sample(sorted(offered), many)
        pairs += _garbled([(name, garbage.chance.choice(offered[name])) for name in names], garbage)
    elif pairs and garbage.happens(0.3):
        pairs = _garbled(pairs, garbage)
    query = _encoded(pairs)
    if garbage.happens(0.05):
        query += garbage.chance.choice(
            (b"&%", b"&=", b"&a=%ff%fe", b"&" * 300, b"&x=\xff", b"&%00")
        )
    return query


def _garbled(pairs: Pairs, garbage: Garbage) -> Pairs:
    """With one to three of them as no page sends them."""
    pairs = list(pairs)
    for _ in range(garbage.chance.randint(1, 3)):
        if not pairs:
            break
        place = garbage.chance.randrange(len(pairs))
        name, value = pairs[place]
        match garbage.chance.randrange(10):
            case 0:
                del pairs[place]
            case 1:
                pairs.append((name, garbage.text()))
            case 2:
                pairs[place] = (f"{name}\u202e[é]", value)
            case 3:
                pairs[place] = (f"{name}[]", value)
            case 4 | 5:
                pairs[place] = (name, garbage.damaged(value))
            case _:
                pairs[place] = (name, garbage.text())
    return pairs


def _encoded(pairs: Pairs) -> bytes:
    """Half of a character is sent as browsers of old sent it."""
    return urlencode(pairs, errors="surrogatepass").encode()


def _body(target: Target, garbage: Garbage) -> tuple[str, bytes]:
    """The content type, and the body."""
    if garbage.happens(0.1):
        return garbage.content_type(), garbage.chance.choice(BODIES)
    if not target.forms:
        names = {name: values[0] if values else "" for name, values in target.queries.items()}
        form = Form("", "post", {name: [value] for name, value in names.items()})
    else:
        form = garbage.chance.choice(target.forms)
    pairs = [
        (name, garbage.chance.choice(values) if values else "")
        for name, values in form.fields.items()
        if name not in form.files
    ]
    if garbage.happens(0.93):
        pairs = _garbled(pairs, garbage)
    if form.files or garbage.happens(0.1):
        return _multipart(pairs, form.files, garbage)
    kind = garbage.content_type() if garbage.happens(0.1) else FORM
    return kind, _encoded(pairs)


def _multipart(pairs: Pairs, files: set[str], garbage: Garbage) -> tuple[str, bytes]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode(
            errors="replace"
        )
        + value.encode(errors="surrogatepass")
        for name, value in pairs
    ]
    for name in files or {garbage.chance.choice(["file", *dict(pairs)])}:
        called = garbage.chance.choice(FILE_NAMES)
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"'
        kind = f"\r\nContent-Type: {garbage.content_type()}\r\n\r\n"
        content = garbage.chance.choice(FILES)
        parts.append((head + kind).encode(errors="surrogatepass") + content)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    if garbage.happens(0.2):
        kind += f"; charset={garbage.content_type().rpartition('=')[2]}"
    return kind, b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
