"""The recorded people that hearing is tested and measured with.

They are not part of the repository: `VOICEX_SPEECH_DIR` names their folder, by default
`shared/speech` beside the checkout. It holds `refs.json` (id, ref, cat) and a WAV file,
mu-law 8 kHz mono, for each id.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

# WAV format code of G.711 mu-law (RFC 2361); the wave module reads linear PCM only.
_WAVE_FORMAT_MULAW = 7


@dataclass(frozen=True, slots=True)
class RecordedPerson:
    """One clip. kind: phone, short, command, conv, read or digits."""

    id: str
    path: Path
    words: str
    kind: str

    def audio(self) -> bytes:
        """The samples, mu-law 8 kHz mono."""
        return mulaw_of(self.path)


def folder() -> Path:
    """The folder of the recorded people."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "speech"
    return Path(os.environ.get("VOICEX_SPEECH_DIR") or beside)


def recorded_people() -> list[RecordedPerson]:
    """Every clip that there is, none when the folder is not there."""
    references = folder() / "refs.json"
    if not references.is_file():
        return []
    return [
        RecordedPerson(
            id=entry["id"],
            path=folder() / f"{entry['id']}.wav",
            words=entry["ref"],
            kind=entry["cat"],
        )
        for entry in json.loads(references.read_text())
    ]


def recorded_people_or_skip() -> list[RecordedPerson]:
    """Every clip that there is; skips the test, saying why, when there is none."""
    people = recorded_people()
    if not people:
        reason = (
            f"No recorded people in {folder()}; set VOICEX_SPEECH_DIR to the folder with refs.json"
        )
        print(f"SKIPPED: {reason}")  # noqa: T201  a skip must be seen without -rs too
        pytest.skip(reason)
    return people


def mulaw_of(path: Path) -> bytes:
    """The samples of a mu-law 8 kHz mono WAV file. Raises ValueError for any other file."""
    data = path.read_bytes()
    chunks = {}
    position = 12  # after "RIFF", the length, "WAVE"
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        chunks[data[position : position + 4]] = data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    layout = chunks.get(b"fmt ", b"")
    code, channels, rate = (
        int.from_bytes(layout[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 8))
    )
    if (code, channels, rate) != (_WAVE_FORMAT_MULAW, 1, 8000):
        raise ValueError(f"{path} is not mu-law 8 kHz mono")
    return chunks[b"data"]
