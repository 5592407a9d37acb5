"""Processes whose clock a test sets forward and back while they run.

Only the time of day is stepped. Clocks that count from a start (`time.monotonic`) stay, as they do
when an administrator, or NTP, sets a machine's clock. libfaketime cannot do that for Python:
under it `time.sleep` fails. So it is done by a few lines of C, which need a compiler.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

# The file holds seconds; read anew with each question, which costs some microseconds.
SOURCE: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long step(void) {
    char text[32] = {0};
    const char *path = getenv("STEPPED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    long read_bytes = read(file, text, sizeof text - 1);
    close(file);
    return read_bytes > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += step();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    int result = clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return result;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
"""


def compiler() -> str | None:
    """The C compiler; None where there is none."""
    return shutil.which("cc") or shutil.which("gcc")


class SteppedClock:
    """A clock in a file of `directory`, which processes with `environment` see at once.

    Raises LookupError without a compiler.
    """

    def __init__(self, directory: Path) -> None:
        found = compiler()
        if found is None:
            raise LookupError("there is no C compiler")
        source, self._library = directory / "clock.c", directory / "clock.so"
        source.write_text(SOURCE)
        command = [found, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        self._file = directory / "clock"
        self.step(0)

    def step(self, seconds: float) -> None:
        """Show the time that is so many seconds, at a second's precision, from the real one."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{round(seconds)}\n")
        draft.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with."""
        return {"LD_PRELOAD": str(self._library), "STEPPED_CLOCK": str(self._file)}
