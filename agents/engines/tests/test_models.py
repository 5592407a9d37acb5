"""Model files: found, checked, or missing with one sentence that says what to do."""

import hashlib
import sys

import pytest

from agents.engines.models import ModelFile
from voicex.errors import EngineMissing

GOOD = b"weights"
DIGEST = hashlib.sha256(GOOD).hexdigest()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with one file in it, called differently for each test."""
    folder = tmp_path / f"weights_{abs(hash(str(tmp_path)))}"
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('only its files are wanted')")
    (folder / "model" / "model.bin").write_bytes(GOOD)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return folder


def test_the_file_is_found_without_importing_its_package(package):
    model = ModelFile(package=package.name, path="model/model.bin", sha256=DIGEST)
    assert model.resolve() == package / "model" / "model.bin"


@pytest.mark.parametrize("path", ["model/other.bin", "model"])
def test_a_missing_file_says_which_package_and_what_to_do(package, path):
    with pytest.raises(EngineMissing, match=f"{package.name} lacks {path}; run `make install`"):
        ModelFile(package=package.name, path=path, sha256=DIGEST).resolve()


def test_a_changed_file_is_refused(package):
    (package / "model" / "model.bin").write_bytes(b"other weights")
    with pytest.raises(EngineMissing, match=r"is not the one .* run `make install`"):
        ModelFile(package=package.name, path="model/model.bin", sha256=DIGEST).resolve()


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(EngineMissing, match="brings no_such_weights is not installed"):
        ModelFile(package="no_such_weights", path="model.bin", sha256=DIGEST).resolve()
