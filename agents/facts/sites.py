"""Parses sitemaps, also compressed ones. Pure; for the compiler's child process.

Of XML there is nothing but elements
and text: a document that declares anything of its own is refused before it can unfold.
"""

import base64
import zlib
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

MAP_BYTES: Final = 2_000_000  # unfolded
ADDRESSES: Final = 1_000  # of one sitemap
ADDRESS: Final = 500  # characters

_GZIP: Final = b"\x1f\x8b"
_WINDOW: Final = zlib.MAX_WBITS | 16  # of gzip
_KINDS: Final = {"urlset": "pages", "sitemapindex": "maps"}


class _Refused(ValueError):
    """This is no sitemap, or one that is not read."""


def read_map(given: Mapping[str, str], reading: Callable[[str], None]) -> dict[str, list[str]]:
    """The addresses in the sitemap given["content"] (base64): "pages", and further "maps".

    Nothing for what is no sitemap. reading: as of every task.
    """
    reading("site_map")
    try:
        return _addresses(_unfolded(base64.b64decode(given["content"])))
    except (_Refused, expat.ExpatError, zlib.error):
        return {"pages": [], "maps": []}


def _unfolded(content: bytes) -> bytes:
    """The XML, of which no more than MAP_BYTES is unfolded."""
    if not content.startswith(_GZIP):
        return content[:MAP_BYTES]
    return zlib.decompressobj(_WINDOW).decompress(content, MAP_BYTES)


def _addresses(xml: bytes) -> dict[str, list[str]]:
    """What of a sitemap can be read: one that was cut gives the addresses before that."""
    found: dict[str, list[str]] = {"pages": [], "maps": []}
    path, said = list[str](), list[str]()
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_declared: object) -> None:
        raise _Refused

    def begin(name: str, _attributes: object) -> None:
        path.append(name.rpartition(" ")[2])
        said.clear()

    def end(_name: str) -> None:
        closed = path.pop()
        # Of <url><image:image><image:loc> no page is meant.
        if closed == "loc" and len(path) == 2 and (kind := _KINDS.get(path[0])):
            address = "".join(said).strip()
            if 0 < len(address) <= ADDRESS and len(found[kind]) < ADDRESSES:
                found[kind].append(address)

    def text(data: str) -> None:
        if path and path[-1] == "loc":
            said.append(data)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        if not any(found.values()):
            raise
    return found
