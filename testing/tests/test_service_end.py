"""The end of a server that a test has started."""

import select
import subprocess
import sys

from testing.services.service import end

# Starts a process that has its output, and crashes.
CRASHES = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"])
sys.exit(1)
"""


def test_what_a_crashed_server_has_started_ends_with_it():
    process = subprocess.Popen(
        [sys.executable, "-c", CRASHES], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline()
        process.wait()
        end(process, leads_group=True)
        assert select.select([output], [], [], 10)[0]
        assert output.read() == b""
