"""`make quick` in several processes: one exit code, every output, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from testing.guard import GUARD_SECONDS
from testing.quick import INTERRUPTED, main, worst

# In place of pytest: share 2 says so and ends with 1.
SHARE = "import sys; print('I am', sys.argv[1]); sys.exit('=2/' in sys.argv[1])"
# Runs until it is told to end; its file is there as long as it runs.
WAITING = """
import pathlib, signal, sys, time
mark = pathlib.Path(sys.argv[1].removeprefix('--share=').replace('/', '-'))
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    mark.touch()
    time.sleep(60)
except KeyboardInterrupt:
    print('stopped', mark, flush=True)
finally:
    mark.unlink()
"""
# A suite in the background of a shell ignores SIGINT, and so would all that it starts.
RUN = """
import signal, sys
from testing.quick import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(2, (sys.executable, '-c', {!r})))
"""


def test_the_output_of_each_is_shown_and_the_worst_code_counts(capfd):
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(3, (sys.executable, "-c", SHARE)) == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    said = capfd.readouterr().out
    assert sorted(said.split("\n")) == ["", *(f"I am --share={number}/3" for number in (1, 2, 3))]


@pytest.mark.parametrize(
    ("codes", "whole"), [([0, 5], 0), ([5, 5], 5), ([5, 1], 1), ([0, -9], 9), ([0, 0], 0)]
)
def test_a_share_without_tests_is_no_failure(codes, whole):
    assert worst(codes) == whole


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_what_is_stopped_leaves_no_process_and_hides_nothing(tmp_path, sent):
    run = subprocess.Popen(
        [sys.executable, "-c", RUN.format(WAITING)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while len(list(tmp_path.iterdir())) < 2:
            assert run.poll() is None
            time.sleep(0.01)
        if sent == signal.SIGINT:
            os.killpg(run.pid, sent)  # as a terminal does
        else:
            run.send_signal(sent)
        said, _ = run.communicate(timeout=GUARD_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    assert not list(tmp_path.iterdir())
    if sent == signal.SIGINT:
        assert run.returncode == INTERRUPTED
        assert said.splitlines() == ["stopped 1-2", "stopped 2-2"]
