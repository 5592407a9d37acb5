"""Extracts the text of a PDF. Pure; for the compiler's child process.

Whatever the file declares, its pages, bytes and characters are bounded here, its time and memory by
the process. The child has no installed packages; the one that reads PDF is loaded from where the
server has it, when it is first needed.
"""

import base64
import logging
import sys
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from typing import Any, Final

PAGES: Final = 60  # that are read
TEXT: Final = 60_000  # characters that are kept
TITLE: Final = 120
UNFOLDED_BYTES: Final = 20_000_000  # of one stream

# What is wrong with one.
UNREADABLE: Final = "unreadable"
LOCKED: Final = "locked"
NO_TEXT: Final = "no_text"

_BEGINS: Final = b"%PDF-"
_SOUGHT: Final = 1024  # bytes within which a PDF begins, by its standard


def read_pdf(given: Mapping[str, str], reading: Callable[[str], None]) -> dict[str, str]:
    """The "text" and "title" of the file in given["content"] (base64), or else its "problem".

    "error" beside it: the name of the type of what the package raised, for the log.
    given["pypdf_folder"]: of the package `pypdf`. reading: as of every task.
    """
    reading("pdf")
    content = base64.b64decode(given["content"])
    if _BEGINS not in content[:_SOUGHT]:
        return {"problem": UNREADABLE}
    pypdf = _pypdf(given["pypdf_folder"])
    try:
        return _read(pypdf, content)
    except MemoryError:
        raise
    except Exception as error:  # whatever the package meets in a broken file
        return {"problem": UNREADABLE, "error": type(error).__name__}


def _read(pypdf: Any, content: bytes) -> dict[str, str]:
    reader = pypdf.PdfReader(BytesIO(content))
    # Opened for printing with an empty password, most of them; that is their owner's to lift.
    if reader.is_encrypted:
        return {"problem": LOCKED}
    parts, taken = list[str](), 0
    for number, page in enumerate(reader.pages):
        if number == PAGES or taken > TEXT:
            break
        text = _storable(page.extract_text())
        parts.append(text)
        taken += len(text)
    text = "\n\n".join(parts).strip()[:TEXT]
    if not any(each.isalnum() for each in text):
        return {"problem": NO_TEXT}
    return {"text": text, "title": _title(reader)}


def _title(reader: Any) -> str:
    """What the file calls itself, "" where it does not say."""
    try:
        said = reader.metadata.title if reader.metadata else ""
    except Exception:  # of a broken table: nothing depends on it
        return ""
    return " ".join(_storable(said or "").split())[:TITLE] if isinstance(said, str) else ""


def _storable(text: str) -> str:
    """Without NUL and halves of surrogate pairs, which no database takes."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _pypdf(folder: str) -> Any:
    if "pypdf" not in sys.modules:
        spec = spec_from_file_location(
            "pypdf", f"{folder}/__init__.py", submodule_search_locations=[folder]
        )
        if spec is None or spec.loader is None:
            raise ImportError(folder)
        sys.modules["pypdf"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.overwrite_configuration(
            zlib_maximum_output_length=UNFOLDED_BYTES,
            lzw_maximum_output_length=UNFOLDED_BYTES,
            run_length_maximum_output_length=UNFOLDED_BYTES,
            array_based_stream_maximum_output_length=UNFOLDED_BYTES,
        )
        logging.disable()  # it tells each fault of a file
    return sys.modules["pypdf"]
