"""The migrated database of `make quick`, kept from run to run: a hundred migrations take seconds.

Kept in pytest's cache as long as no migration has changed, nor what one imports, and for SQLite in
memory alone. Each run still migrates, which finds nothing to do. `make test` begins with nothing.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.sqlite3.creation import DatabaseCreation
from pytest_django import DjangoDbBlocker

# What is not Django's own and lies with us, as a migration imports it.
_IMPORTED: Final = re.compile(
    r"^(?:from|import) ((?:accounts|agents|dashboard|telephony|usage|voicex)[\w.]*)", re.M
)
_PACKAGES: Final = ("Django", "django-allauth")  # they bring migrations


@pytest.fixture(scope="session")
def kept_database(request: pytest.FixtureRequest) -> Path | None:
    """Where it is kept, or will be; None in other runs than that of `make quick`."""
    config = request.config
    is_quick = config.option.markexpr == "quick" and config.pluginmanager.hasplugin("cacheprovider")
    if not is_quick or connection.settings_dict["NAME"] != ":memory:":
        return None
    return Path(config.cache.mkdir("migrated")) / key(migrations())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, kept_database: Path | None
) -> Iterator[None]:
    """Before the database of the tests is made: fill it with what was kept."""
    if kept_database is None or not kept_database.exists():
        yield
        return
    # One in memory lives as long as a connection to it does.
    name = DatabaseCreation(connection)._get_test_db_name()  # type: ignore[attr-defined]  # no stub
    with closing(sqlite3.connect(name, uri=True)) as memory:
        with closing(opened(kept_database)) as kept:
            kept.backup(memory)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, kept_database: Path | None
) -> None:
    """After it was made, and before any test writes to it: keep it, in the place of an older."""
    if kept_database is None or kept_database.exists():
        return
    part = kept_database.with_name(f"{kept_database.name}.{os.getpid()}")
    with django_db_blocker.unblock(), closing(sqlite3.connect(part)) as kept:
        connection.ensure_connection()
        connection.connection.backup(kept)
    part.replace(kept_database)
    for other in kept_database.parent.iterdir():
        if not other.name.startswith(kept_database.name):  # the run's other process writes one
            other.unlink(missing_ok=True)


def opened(kept: Path) -> sqlite3.Connection:
    """Open read-only: a missing file is an error and is not created."""
    return sqlite3.connect(f"{kept.as_uri()}?mode=ro", uri=True)


def migrations() -> list[Path]:
    """Every migration of ours."""
    ours = [app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    return sorted(path for app in ours for path in Path(app.path).glob("migrations/*.py"))


def key(files: Iterable[Path]) -> str:
    """What stands for these migrations, and for the modules of ours that they import."""
    texts = {path: path.read_text() for path in files}
    for name in {name for text in texts.values() for name in _IMPORTED.findall(text)}:
        place = settings.BASE_DIR.joinpath(*name.split("."))
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        texts[module] = module.read_text()
    told = [*(f"{path}\n{texts[path]}" for path in sorted(texts)), *map(version, _PACKAGES)]
    return sha256("\n".join(told).encode()).hexdigest()
