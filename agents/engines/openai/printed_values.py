"""Reads values that a server in Python printed in place of encoding them as JSON. Pure.

Dictionaries and bytes; the objects of the OpenAI SDK (`ChatCompletionChunk(id='x', ...)`), which
have fields in the place of keys; and messages of LangChain, which print as their fields.
"""

import ast
import re
from typing import Final

LONGEST: Final = 8_192  # characters
MOST_NESTED: Final = 200  # brackets in them

_OBJECT: Final = re.compile(r"[A-Z]\w{2,40}\([a-z_]{2,30}=")
_MESSAGE: Final = re.compile(
    r"content=('(?:[^'\\]|\\.){0,4000}'|\"(?:[^\"\\]|\\.){0,4000}\")(?: |\Z)"
)
_MEMBER: Final = re.compile(r"<[\w.]{1,60}: ('[^'\n]{0,60}'|\d{1,6})>")  # of an enumeration
_BEGINNINGS: Final = ("{'", "b'", 'b"', "content=")


def is_printed(text: str) -> bool:
    """Whether `text` begins as a printed value does."""
    return text.startswith(_BEGINNINGS) or _OBJECT.match(text) is not None


def value_in(text: str) -> object:
    """The value that `text` is: a dictionary or bytes; None for anything else."""
    if len(text) > LONGEST or sum(map(text.count, "[{(")) > MOST_NESTED:
        return None
    try:
        if message := _MESSAGE.match(text):
            return _as_chunk({"content": ast.literal_eval(message[1])})
        found = _plain(ast.parse(_MEMBER.sub(r"\1", text), mode="eval").body)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return found if isinstance(found, dict | bytes) else None


def _plain(node: ast.expr) -> object:
    """What an expression of values alone is. Raises ValueError for any other."""
    match node:
        case ast.Call(func=ast.Name(), args=[]):
            fields = {each.arg: _plain(each.value) for each in node.keywords if each.arg}
            return _as_chunk(fields)
        case ast.Dict():
            keys = [None if key is None else _plain(key) for key in node.keys]
            return dict(zip(keys, map(_plain, node.values), strict=True))
        case ast.List() | ast.Tuple():
            return list(map(_plain, node.elts))
    return ast.literal_eval(node)


def _as_chunk(fields: dict[str, object]) -> dict[str, object]:
    """A message of LangChain's as a chunk; other fields as they are."""
    if isinstance(fields.get("content"), str) and not fields.keys() & {"role", "refusal"}:
        return {"choices": [{"index": 0, "delta": {"content": fields["content"]}}]}
    return fields
