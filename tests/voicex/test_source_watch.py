"""What counts as a change of the service's own code."""

import os
from pathlib import Path

import pytest

from voicex.source_watch import SourceWatch


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for name in ("views.py", "page.html", "style.css", "tests/test_views.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def written_later(path: Path) -> None:
    """As an editor writes it, however coarse the file system's clock is."""
    now = path.stat().st_mtime_ns
    os.utime(path, ns=(now, now + 1_000_000_000))


@pytest.mark.parametrize("name", ["views.py", "page.html"])
def test_a_file_that_was_written_is_a_change_once(code: Path, name: str) -> None:
    watch = SourceWatch(code)
    assert not watch.has_changed()
    written_later(code / name)
    assert watch.has_changed()
    assert not watch.has_changed()


def test_files_that_come_and_go_are_changes(code: Path) -> None:
    watch = SourceWatch(code)
    (code / "urls.py").write_text("")
    assert watch.has_changed()
    (code / "urls.py").unlink()
    assert watch.has_changed()


@pytest.mark.parametrize("name", ["style.css", "tests/test_views.py"])
def test_what_a_running_service_does_not_keep_is_no_change(code: Path, name: str) -> None:
    watch = SourceWatch(code)
    written_later(code / name)
    assert not watch.has_changed()
