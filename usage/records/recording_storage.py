"""The storage of recordings: what lies in it, and whether it works."""

import errno
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from voicex.database.storable import storable_text

LONGEST_TROUBLE: Final = 120
_BYTE: Final = b"\x2a"


def storage() -> Storage:
    """The storage of recordings."""
    return storages["recordings"]


def listed(folder: str) -> list[str]:
    """The names of the objects in this folder, in order. Raises any error of the storage."""
    try:
        _, names = storage().listdir(folder)
    except FileNotFoundError:  # of a directory; a bucket has none
        return []
    return sorted(names)


def trouble_of(error: BaseException) -> str:
    """A short description of a storage error: its type and, for S3, the code and HTTP status.

    Without the message, which may contain keys.
    """
    said = ""
    cause: BaseException | None = error
    while cause is not None and not said:
        said = _answer_in(cause)
        cause = cause.__cause__ or cause.__context__
    name = type(error).__name__
    return storable_text(f"{name}: {said}" if said else name)[:LONGEST_TROUBLE]


def probe() -> str:
    """Store, read, list and delete one byte; returns "" on success, else the error."""
    place, name = storage(), f"doctor/{secrets.token_hex(8)}"
    try:
        name = place.save(name, ContentFile(_BYTE))
        with place.open(name, "rb") as file:
            is_same = file.read() == _BYTE
        folder, _, last = name.rpartition("/")
        is_listed = last in listed(folder)
        place.delete(name)
    except Exception as error:  # boundary: storages raise any exception
        with suppress(Exception):
            place.delete(name)
        return trouble_of(error)
    if not is_listed:
        return "it does not list what was stored"
    return "" if is_same else "it gave back something else than was stored"


def _answer_in(error: BaseException) -> str:
    answer = getattr(error, "response", None)
    if isinstance(answer, Mapping):  # botocore.exceptions.ClientError
        told, head = answer.get("Error"), answer.get("ResponseMetadata")
        code = told.get("Code") if isinstance(told, Mapping) else None
        status = head.get("HTTPStatusCode") if isinstance(head, Mapping) else None
        return " ".join(str(each) for each in (code, status and f"(HTTP {status})") if each)
    if isinstance(error, OSError) and error.errno:
        return errno.errorcode.get(error.errno, str(error.errno))
    return ""
