"""Finds model files in installed packages, and verifies their digests.

The packages have few maintainers, so only files with known digests are accepted: a changed upload
must not answer calls.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from voicex.errors import EngineMissing


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file inside an installed package.

    package: its import name; path: inside the package, with slashes; sha256: 64 hex digits.
    """

    package: str
    path: str
    sha256: str

    def find(self) -> Path:
        """The path of the file, without reading it. Raises EngineMissing."""
        # find_spec and not import: silero_vad's own code wants torch, which we do without.
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise EngineMissing(
                f"The package that brings {self.package} is not installed; run `make install`."
            )
        found = Path(spec.submodule_search_locations[0]) / self.path
        if not found.is_file():
            raise EngineMissing(
                f"The installed package {self.package} lacks {self.path}; run `make install` "
                "to get the release that has it."
            )
        return found

    def resolve(self) -> Path:
        """The path of the file, after its digest was verified. Raises EngineMissing.

        The first call in a process reads the whole file (some 50 ms for 75 MB), so call
        it where models are loaded and never during a call.
        """
        return _resolved(self)


@cache
def _resolved(model: ModelFile) -> Path:
    found = model.find()
    with found.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != model.sha256:
        raise EngineMissing(
            f"The file {model.path} of the installed package {model.package} is not the one "
            "this release was measured with; run `make install` to get that one."
        )
    return found
