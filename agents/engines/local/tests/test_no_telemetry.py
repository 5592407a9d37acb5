"""What stays on this machine: the local engines' runtime sends no reports."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.models

# onnxruntime keeps an id of the machine and its unsent events below HOME; a variable that
# says CI would turn that off by itself and let this test pass for nothing.
QUIETS_IT_TOO = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY"}


def files_after(code, home):
    """What running `code` in a process of its own leaves in an empty home directory."""
    kept = {name: value for name, value in os.environ.items() if name not in QUIETS_IT_TOO}
    variables = {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    subprocess.run([sys.executable, "-c", code], env=variables, check=True, timeout=60)
    return [path.name for path in home.rglob("*") if path.is_file()]


def test_a_loaded_model_leaves_no_telemetry_behind(tmp_path):
    assert (
        files_after("from agents.engines.voice_activity.silero import Silero; Silero()", tmp_path)
        == []
    )
