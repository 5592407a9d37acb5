"""Clips on the disk: no owner, and not all together, ever have more than their room."""

import os

import pytest

from agents.engines.cascade import clip_store
from agents.engines.cascade.clip_store import ClipStore

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(clip_store, "MAX_BYTES_OF_OWNER", 250)
    monkeypatch.setattr(clip_store, "MAX_BYTES_ON_DISK", 600)


def write(store, directory, owner, key, *, days_ago=0.0):
    """A clip of 100 bytes that was read last so many days before NOW."""
    store.write(owner, key, b"\1" * 100)
    os.utime(directory / owner / key, (NOW - days_ago * 86_400,) * 2)


def names(directory):
    return sorted(
        str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()
    )


def test_an_owners_least_recently_read_clips_are_deleted_above_the_limit(tmp_path):
    store = ClipStore(tmp_path)
    for age, key in enumerate("abc"):
        write(store, tmp_path, "acorn", key, days_ago=age)
    assert names(tmp_path) == ["acorn/a", "acorn/c"]


def test_many_owners_together_have_room_for_so_much(tmp_path):
    store = ClipStore(tmp_path)
    for number in range(20):
        write(store, tmp_path, f"org{number:02}", "greeting", days_ago=20 - number)
    assert names(tmp_path) == [f"org{number}/greeting" for number in range(14, 20)]


def test_an_owner_takes_room_from_itself_first(tmp_path):
    store = ClipStore(tmp_path)
    write(store, tmp_path, "birch", "old", days_ago=50)
    for key in "abcd":
        write(store, tmp_path, "acorn", key)
    assert "birch/old" in names(tmp_path)


def test_a_clip_larger_than_all_room_is_not_kept(tmp_path):
    store = ClipStore(tmp_path)
    write(store, tmp_path, "acorn", "small")
    store.write("acorn", "huge", b"\1" * 251)
    assert names(tmp_path) == ["acorn/small"]


def test_the_limit_includes_clips_of_other_processes(tmp_path):
    write(ClipStore(tmp_path), tmp_path, "acorn", "a", days_ago=2)
    write(ClipStore(tmp_path), tmp_path, "acorn", "b", days_ago=1)
    ClipStore(tmp_path).write("acorn", "c", b"\1" * 100)
    assert names(tmp_path) == ["acorn/b", "acorn/c"]


def test_clips_that_were_not_read_for_long_are_deleted_at_night(tmp_path):
    store = ClipStore(tmp_path)
    write(store, tmp_path, "acorn", "fresh", days_ago=1)
    write(store, tmp_path, "acorn", "old", days_ago=60.1)
    write(store, tmp_path, "birch", "nearly", days_ago=59.9)
    assert store.prune(now=NOW) == 1
    assert names(tmp_path) == ["acorn/fresh", "birch/nearly"]


def test_clips_without_an_owner_are_deleted_at_night(tmp_path):
    (tmp_path / "digest").write_bytes(b"\1")
    assert ClipStore(tmp_path).prune(now=NOW) == 1
    assert names(tmp_path) == []


def test_without_a_directory_there_is_nothing_to_delete(tmp_path):
    assert ClipStore(tmp_path / "clips").prune(now=NOW) == 0


def test_a_clip_that_is_read_again_stays(tmp_path):
    store = ClipStore(tmp_path)
    write(store, tmp_path, "acorn", "a", days_ago=400)
    assert store.read("acorn", "a")
    assert store.prune(now=NOW) == 0


def test_clips_are_readable_by_their_owner_alone(tmp_path):
    ClipStore(tmp_path / "clips").write("acorn", "a", b"\1")
    [file] = (tmp_path / "clips").rglob("a")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
