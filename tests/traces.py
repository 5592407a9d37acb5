"""Where something is still to be found: every column of every table, and every file of a place."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps


def number_traces(number: str, texts: Iterable[tuple[str, str]]) -> list[str]:
    """Where of `texts` the digits of `number` are, whatever separates them."""
    digits = re.sub("[^0-9]", "", number)
    national = digits[1:] if digits.startswith("1") else digits
    return [where for where, text in texts if national in re.sub("[^0-9]", "", text)]


def word_traces(word: str, texts: Iterable[tuple[str, str]]) -> list[str]:
    """Where of `texts` the word is, in any case of letters."""
    return [where for where, text in texts if word.lower() in text.lower()]


def texts_of_tables() -> Iterator[tuple[str, str]]:
    """Every value of every row of every model: (model, field, key; the value as text).

    What is in a session is encrypted with a key that only its browser has: read it there.
    """
    for model in apps.get_models():
        for row in model._base_manager.all():
            for field in model._meta.concrete_fields:
                value = getattr(row, field.attname)
                where = f"{model.__name__}.{field.name} {row.pk}"
                yield from ((where, text) for text in _texts(value))


def texts_of_files(*places: Path) -> Iterator[tuple[str, str]]:
    """Every file below the places: (path; its name and its bytes as text)."""
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file():
                yield str(path), f"{path}\n{path.read_bytes().decode('latin-1')}"


def _texts(value: Any) -> Iterator[str]:
    """What can be read in a value: packed bytes unpacked, JSON written out."""
    if isinstance(value, bytes | memoryview):
        packed = bytes(value)
        yield packed.decode("latin-1")
        try:
            yield zlib.decompress(packed).decode("utf-8", "replace")
        except zlib.error:
            return
    elif isinstance(value, dict | list):
        yield json.dumps(value, ensure_ascii=False, default=str)
    elif isinstance(value, str):
        yield value
