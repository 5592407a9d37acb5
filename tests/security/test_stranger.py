"""A stranger with hundreds of connections a second, and 1,024 descriptors: no call is refused."""

import asyncio
import gc
from pathlib import Path

import pytest

from testing.services.service import running
from tests.security import stranger

pytestmark = pytest.mark.models

# As `ulimit -n 1024` before the server, which can then raise nothing.
FEW_DESCRIPTORS = (
    "-c",
    "import resource, runpy; resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)); "
    "runpy.run_module('voicex.server', run_name='__main__')",
)


# A stranger closes nothing; the sockets that the end of the attack finds open are collected here.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_real_call_is_refused_or_hears_a_gap(tmp_path: Path) -> None:
    with running(tmp_path, server=FEW_DESCRIPTORS, engines="scripted", TEST_ENGINES="1") as service:
        webhook = service.bootstrap("scripted")["webhook_url"]
        report = asyncio.run(stranger.run(webhook, seconds=8.0, a_second=200))
        log = service.log.read_text()
    gc.collect()
    assert report.calls >= 3
    assert report.refused == []
    assert report.gaps_ms == []
    assert sum(report.attacks.values()) > 1_024
    assert '"call_crashed"' not in log
    assert log.count("\n") < 300  # it is logged for all of them, and not for each
