"""`manage.py export_caller` and `erase_caller`; not even free pages of SQLite keep anything."""

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.members.organizations import create_organization
from accounts.models import AuditEntry
from testing.calls.caller import NUMBER, WORD, calls_often
from testing.office import Office
from testing.services.console import Console
from tests.traces import number_traces, texts_of_files, texts_of_tables, word_traces
from usage.models import Call, Erasure

# In a process of its own: calls of a caller, in the database that it was given.
MAKES_CALLS = """
from pathlib import Path
from accounts.models import Organization
from testing.calls.caller import calls_often
from testing.office import Office
made = Office(Organization.objects.get())
calls_often(made, letter="a")
"""


@pytest.fixture
def acorn(cast, storage_paths) -> Office:
    office = Office(cast.acorn)
    calls_often(office, letter="a")
    return office


def run(command: str, *arguments: str, **options: object) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def test_export_writes_a_file_that_only_our_user_reads(acorn, tmp_path):
    path = tmp_path / "caller.zip"
    told = json.loads(
        run("export_caller", "202 555 0143", org="Acorn", out=str(path), as_json=True)
    )
    assert told == {"ok": True, "calls": 4, "turns": 12, "recordings": 4, "file": str(path)}
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        assert len([name for name in file.namelist() if name.endswith(".wav")]) == 4
    assert AuditEntry.objects.get(action="caller.exported").actor is None
    with pytest.raises(CommandError, match="does not exist yet"):
        run("export_caller", NUMBER, org="Acorn", out=str(path))


def test_erase_leaves_nothing(acorn, storage_paths):
    told = json.loads(run("erase_caller", NUMBER, org=acorn.org.public_id, as_json=True))
    assert told == {"ok": True, "calls": 4, "turns": 12, "recordings": 4, "calls_left": 0}
    texts = [*texts_of_tables(), *texts_of_files(*storage_paths)]
    assert number_traces(NUMBER, texts) == word_traces(WORD, texts) == []
    with pytest.raises(CommandError, match="No calls from this caller"):
        run("erase_caller", NUMBER, org="Acorn", as_json=True)


def test_erase_asks_for_the_number_again(acorn, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_caller", NUMBER, org="Acorn")
    assert not Erasure.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _question: "1 202 555 0143")
    assert run("erase_caller", NUMBER, org="Acorn").startswith("Erased: 4 calls")


@pytest.mark.parametrize(
    ("org", "number", "says"),
    [
        ("Acorn", "anonymous", "cannot be found"),
        ("Acorn", "+12025550199", "No calls from this caller"),
        ("Birch", NUMBER, "No calls from this caller"),
        ("Elm", NUMBER, "No organization"),
    ],
)
def test_what_cannot_be_found_is_said_in_words(acorn, org, number, says):
    for command, options in (("erase_caller", {"as_json": True}), ("export_caller", {"out": "x"})):
        with pytest.raises(CommandError, match=says):
            run(command, number, org=org, **options)


def test_two_organizations_of_one_name_are_told_apart_by_id(cast, acorn):
    create_organization(name="Acorn", owner=cast.charlie, is_proven=True)
    with pytest.raises(CommandError, match="Several organizations"):
        run("erase_caller", NUMBER, org="Acorn", as_json=True)


def test_a_caller_on_the_line_is_not_erased(acorn):
    acorn.rings("CA" + "b" * 32, caller=NUMBER)
    with pytest.raises(CommandError, match="Erase them when it is over"):
        run("erase_caller", NUMBER, org="Acorn", as_json=True)
    assert Call.objects.filter(from_number=NUMBER).exists()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A process whose SQLite file and storages are below `tmp_path`; it closes them each time."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/voicex.sqlite3",
        "VAR_DIR": str(tmp_path / "var"),
        "RECORDINGS_DIR": str(tmp_path / "var" / "recordings"),
        "REDIS_URL": "",
    }
    with Console(environment) as console:
        yield console


@pytest.mark.slow  # migrates in a process of its own
def test_neither_free_pages_nor_the_journal_of_sqlite_keep_anything(console, tmp_path):
    console.command("migrate", "-v0")
    console.command("bootstrap", "--org", "Acorn")
    console.run(MAKES_CALLS)
    assert word_traces(WORD, texts_of_files(tmp_path))
    # The last one to close the database would tidy up the journal; a server has it open.
    with closing(sqlite3.connect(tmp_path / "voicex.sqlite3")) as server:
        server.execute("SELECT count(*) FROM usage_call").fetchall()
        console.command("erase_caller", NUMBER, "--org", "Acorn", "--json")
        texts = list(texts_of_files(tmp_path))
    assert {"voicex.sqlite3", "voicex.sqlite3-wal"} <= {Path(where).name for where, _text in texts}
    assert word_traces(WORD, texts) == []
    assert [where for where, text in texts if "12025550143" in text] == []
