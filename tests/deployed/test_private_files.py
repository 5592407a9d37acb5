"""Database, recordings, run files and .env are for the service's user alone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from testing.services.service import ROOT
from voicex import server
from voicex.secrets import private_files
from voicex.secrets.private_files import tighten

DATABASE = "voicex.sqlite3"


def modes(directory: Path) -> dict[str, int]:
    """The mode of everything in a directory, by name."""
    return {
        path.relative_to(directory).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in directory.rglob("*")
    }


def loose(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    path.chmod(0o644)
    return path


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """What an earlier version left behind with an ordinary umask."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "recordings/a/1.pcm", "run/pid"):
        loose(tmp_path / "var" / name)
    loose(tmp_path / ".env")
    for directory in ("var", "var/recordings", "var/recordings/a", "var/run"):
        (tmp_path / directory).chmod(0o755)
    return tmp_path


def tighten_all(place: Path) -> None:
    tighten(
        var_dir=place / "var",
        recordings_dir=place / "var" / "recordings",
        database=str(place / "var" / DATABASE),
        environments=[place / ".env", place / "missing"],
    )


def test_what_is_too_open_is_closed_and_said(installation, caplog):
    tighten_all(installation)
    found = modes(installation)
    closed = [".env", "var", "var/recordings", "var/recordings/a", "var/run"]
    closed += [f"var/{DATABASE}{end}" for end in ("", "-wal", "-shm")]
    assert {name: found[name] & 0o077 for name in closed} == dict.fromkeys(closed, 0)
    assert caplog.text.count("file_closed_to_others") == len(closed)
    caplog.clear()
    tighten_all(installation)
    assert "file_" not in caplog.text


def test_a_directory_with_other_things_in_it_is_left_alone(installation):
    loose(installation / "var" / "somebody-elses.txt")
    tighten_all(installation)
    found = modes(installation)
    assert found["var"] == 0o755
    assert found["var/somebody-elses.txt"] == 0o644
    assert found[f"var/{DATABASE}"] == 0o600


def test_what_belongs_to_another_user_and_links_are_left_alone(installation, monkeypatch):
    target = loose(installation / "target")
    (installation / "var" / "clips").symlink_to(target)
    tighten_all(installation)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    (installation / ".env").chmod(0o644)
    monkeypatch.setattr(private_files.os, "geteuid", lambda: os.getuid() + 1)
    tighten_all(installation)
    assert modes(installation)[".env"] == 0o644


@pytest.mark.slow  # starts processes
def test_a_database_and_a_directory_elsewhere_are_made_for_their_owner_alone(tmp_path):
    database = tmp_path / "elsewhere" / DATABASE
    before = os.umask(0o022)
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0", "accounts", "zero"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{database}",
                "VAR_DIR": str(tmp_path / "var"),
            },
            check=True,
        )
    finally:
        os.umask(before)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


@pytest.mark.parametrize("file", ["manage.py", "voicex/server.py", "voicex/celery.py"])
def test_every_entry_closes_what_it_makes(file):
    assert "keep_private()" in (ROOT / file).read_text()


def test_a_server_closes_what_it_finds_open_when_it_starts(installation, settings, monkeypatch):
    settings.VAR_DIR = installation / "var"
    settings.RECORDINGS_DIR = installation / "var" / "recordings"
    settings.ENV_FILES = [installation / ".env"]
    monkeypatch.setattr(server.DrainingServer, "run", lambda _self: None)
    monkeypatch.setattr(server, "keep_private", lambda: None)  # pytest's own files stay as they are
    monkeypatch.setattr(server.sys, "argv", ["server"])
    monkeypatch.setattr(server.sys, "setswitchinterval", lambda _seconds: None)
    server.main()
    assert modes(installation)[".env"] == 0o600
    assert modes(installation)["var/recordings"] == 0o700


def test_every_role_of_the_containers_closes_what_it_makes():
    assert "\numask 077" in (ROOT / "docker" / "entrypoint.sh").read_text()
