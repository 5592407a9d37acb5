"""A set-up that cannot answer calls is reported in one sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.checks.registry import registry as check_registry

from agents.engines.local import stt
from agents.engines.models import ModelFile
from voicex.checks import engines_are_installed, setup_is_usable
from voicex.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _scripted(settings, tmp_path):
    """A set-up that is right and needs no model."""
    settings.DEFAULT_STT = settings.DEFAULT_LLM = settings.DEFAULT_TTS = "scripted"
    settings.VAR_DIR = tmp_path / "not" / "made" / "yet"


def problem(check=setup_is_usable):
    with pytest.raises(ConfigurationError) as wrong:
        check()
    text = str(wrong.value)
    assert "\n" not in text
    return text


def test_a_usable_set_up_says_nothing():
    assert setup_is_usable() == engines_are_installed() == []


def test_django_runs_the_check_with_its_own():
    assert setup_is_usable in check_registry.get_checks()


@pytest.mark.parametrize(
    ("setting", "name", "says"),
    [
        ("DEFAULT_STT", "wisper", "'wisper' does not exist"),
        ("DEFAULT_STT", "google", "'google' offers no speech-to-text"),
        ("DEFAULT_LLM", "", "'' does not exist"),
        ("DEFAULT_TTS", "Local", "'Local' does not exist"),
    ],
)
def test_a_wrong_default_engine_is_reported_with_the_choices(settings, setting, name, says):
    setattr(settings, setting, name)
    text = problem()
    assert text.startswith(f"{setting}={name} cannot be used.")
    assert says in text
    assert "choose one of: local, openai" in text


def test_a_missing_model_file_of_a_default_engine_says_what_to_do(settings, monkeypatch):
    settings.DEFAULT_STT = "local"
    gone = ModelFile(package="agents", path="no_such_model.bin", sha256="0" * 64)
    monkeypatch.setattr(stt, "MODEL_FILES", (gone,))
    assert "agents lacks no_such_model.bin; run `make install`" in problem(engines_are_installed)


def test_a_read_only_directory_will_do_where_the_part_for_running_can_be_written(
    settings, tmp_path, monkeypatch
):
    settings.VAR_DIR = tmp_path
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert setup_is_usable() == []


def test_a_file_in_the_place_of_the_var_directory_is_named(settings, tmp_path):
    (tmp_path / "var").write_text("")
    settings.VAR_DIR = tmp_path / "var" / "run"
    assert f"{tmp_path / 'var'} is a file" in problem()


def test_a_var_directory_of_another_user_is_named(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    # Root may write everywhere, and tests may run as root.
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert f"{tmp_path} cannot be written by this user" in problem()


@pytest.mark.slow  # starts processes
def test_manage_py_prints_the_sentence_and_nothing_else():
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DEFAULT_STT": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("voicex: DEFAULT_STT=nonsense cannot be used.")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_new_data_directory_is_its_owners_only(tmp_path):
    directory = tmp_path / "var"
    environment = {**os.environ, "VAR_DIR": str(directory)}
    del environment["DATABASE_URL"]
    subprocess.run(
        [sys.executable, "-c", "import voicex.settings"],
        cwd=django_settings.BASE_DIR,
        env=environment,
        check=True,
    )
    assert directory.stat().st_mode & 0o777 == 0o700
