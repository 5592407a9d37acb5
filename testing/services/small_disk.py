"""A disk of a few megabytes that a test fills: a tmpfs of its own, unmounted afterwards."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BLOCK: Final = 4096


class MayNotMount(Exception):
    """This user, or this machine, may mount no disk; the text says why."""


class SmallDisk:
    """Where it is mounted is `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no block free now. What is freed after it can be written again."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(BLOCK))
            except OSError:
                return

    def free(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk of this size at `path` until the block ends. Raises MayNotMount."""
    path.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        raise MayNotMount("only root may mount a small disk")
    options = f"size={megabytes}m,mode=0700"
    command = [mount, "-t", "tmpfs", "-o", options, "voicex-small-disk", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise MayNotMount(done.stderr.strip() or f"mount ended with {done.returncode}")
    try:
        yield SmallDisk(path)
    finally:
        lazily = ["umount", "--lazy", str(path)]  # a process of the test may still be ending
        subprocess.run(lazily, check=True, capture_output=True, timeout=30)
