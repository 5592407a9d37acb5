"""How much memory a process may use is read from where it runs."""

from pathlib import Path

import pytest

from voicex.processes.memory import available_megabytes

MACHINE = "MemTotal:       25165824 kB\nMemFree:        1 kB\n"


@pytest.mark.parametrize(
    ("files", "megabytes"),
    [
        ({"proc/meminfo": MACHINE}, 24_576),
        ({"proc/meminfo": MACHINE, "sys/fs/cgroup/memory.max": "max\n"}, 24_576),
        ({"proc/meminfo": MACHINE, "sys/fs/cgroup/memory.max": "2147483648\n"}, 2_048),
        (
            # cgroup v1 says "no limit" with the largest number it has.
            {
                "proc/meminfo": MACHINE,
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            24_576,
        ),
        ({}, 0),
        ({"proc/meminfo": ""}, 0),
    ],
)
def test_the_smallest_limit_counts(tmp_path: Path, files: dict[str, str], megabytes: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert available_megabytes(tmp_path) == megabytes
