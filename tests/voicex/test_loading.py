"""What a process loads before it serves: a developer waits for it, and so does every restart."""

import gc
import subprocess
import sys
from pathlib import Path
from typing import Final
from unittest.mock import Mock

import pytest

pytestmark = pytest.mark.slow

# What only some installations, some pages or the worker need, and takes tenths of a second: whoever
# needs one of them loads it then.
HEAVY: Final = (
    "botocore",
    "fontTools",
    "fpdf",
    "google",
    "grpc",
    "holidays",
    "markdown_it",
    "openai",
    "pypdf",
    "requests",
    "twilio.rest",
    "urllib3",
)
MOST_MODULES: Final = 2_400  # 2,290 when it was written: each takes about half a millisecond
ROOT: Final = Path(__file__).resolve().parents[2]


def printed(*command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_command_never_scans_what_it_has_loaded() -> None:
    says = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    assert printed("manage.py", "shell", "--no-imports", "-c", says) == ["True", "True"]


def test_a_server_begins_without_what_few_calls_need() -> None:
    says = "import sys, voicex.server, voicex.asgi; print(*sys.modules)"
    loaded = set(printed("-W", "ignore", "-c", says))
    assert loaded & set(HEAVY) == set()
    assert len(loaded) < MOST_MODULES


def test_a_server_loads_the_code_of_its_pages_before_their_first_request() -> None:
    says = """import sys, voicex.asgi
before = "dashboard.urls" in sys.modules
voicex.asgi.load_routes()
loaded = set(sys.modules)
from django.test import Client
answer = Client().get("/nothing/", HTTP_HOST="localhost")
ours = ("accounts", "agents", "dashboard", "telephony", "usage", "voicex")
later = [name for name in set(sys.modules) - loaded if name.partition(".")[0] in ours]
print(before, answer.status_code, *later)"""
    is_loaded_before, *found = printed("-W", "ignore", "-c", says)
    assert is_loaded_before == "False"
    assert found == ["404"]


def test_what_starts_a_server_loads_no_page_itself() -> None:
    says = """import sys; from telephony.management.commands.run import Command
tags = Command.requires_system_checks
Command().check(tags=None if tags == "__all__" else tags)
print(*sys.modules)"""
    loaded = set(printed("manage.py", "shell", "--no-imports", "-c", says))
    assert "telephony.management.commands.run" in loaded
    assert not {"dashboard.urls", "openai"} & loaded


def test_a_server_that_has_loaded_collects_garbage_again() -> None:
    from voicex.asgi import keep_loaded

    gc.disable()
    try:
        keep_loaded(Mock())
        assert gc.isenabled()
    finally:
        gc.enable()
