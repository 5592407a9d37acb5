"""The memory of this machine or container. Linux only.

cgroup v2 and v1: docs.kernel.org/admin-guide/cgroup-v2.html (memory.max), cgroup-v1/memory.html;
/proc/meminfo: proc_meminfo(5).
"""

from contextlib import suppress
from pathlib import Path

_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
_MEBIBYTE = 2**20


def available_megabytes(root: Path = Path("/")) -> int:
    """The memory that may be used at most, in MiB; 0 if unknown."""
    limits = []
    for name in _LIMITS:
        with suppress(OSError, ValueError):  # no such cgroup, or "max"
            limits.append(int((root / name).read_text()) // _MEBIBYTE)
    with suppress(OSError, ValueError, IndexError):
        first_line = (root / "proc/meminfo").read_text().splitlines()[0]  # MemTotal: 123 kB
        limits.append(int(first_line.split()[1]) // 1024)
    return min(limits, default=0)
