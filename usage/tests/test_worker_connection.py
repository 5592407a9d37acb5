"""The database connection of a worker that runs tasks one at a time."""

import pytest
from django.db import connections

from voicex.celery import _keep_the_connection
from voicex.postgresql.base import DatabaseWrapper


def test_a_worker_keeps_one_connection_where_pages_share_a_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = {
        **connections.settings["default"],
        "ENGINE": "voicex.postgresql",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 10}},
        "CONN_MAX_AGE": 0,
    }
    monkeypatch.setitem(connections.settings, "default", database)
    _keep_the_connection()
    # Django raises ImproperlyConfigured for a pool of connections that are kept.
    assert DatabaseWrapper(database).pool is None
    assert database["CONN_MAX_AGE"] is None
