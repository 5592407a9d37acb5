"""Notices that an older release had not sent yet are sent by the outbox."""

import json
import os
import subprocess
import sys

import pytest

from testing.services.servers import ROOT

pytestmark = pytest.mark.slow  # migrates in a process of its own

# The release before had the moment in the notice's own row.
UPGRADE = """
import json, django; django.setup()
from importlib import import_module
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from usage.models import Outbox

first = import_module("usage.migrations.0016_outbox_of_every_kind").Migration
executor, before = MigrationExecutor(connection), first.dependencies[:1]
executor.migrate(before)
former = executor.loader.project_state(before).apps
org = former.get_model("accounts", "Organization").objects.create(name="Acorn")
with connection.cursor() as cursor:
    for percent, sent in ((50, "2026-05-04 12:00"), (80, None)):
        cursor.execute(
            "INSERT INTO usage_quotanotice (org_id, month, percent, created_at, due_at, sent_at)"
            " VALUES (%s, '2026-05-01', %s, '2026-05-04 12:00', '2026-05-04 12:10', %s)",
            [org.pk, percent, sent],
        )
call_command("migrate", verbosity=0)
rows = Outbox.objects.select_related("notice")
print(json.dumps([[row.kind, row.notice.percent, row.due_at.isoformat(" ")] for row in rows]))
"""


def test_what_waited_is_an_open_row_and_what_was_sent_is_none():
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UPGRADE],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "sqlite:///:memory:"},  # a file takes twice as long
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [["send_notice", 80, "2026-05-04 12:10:00+00:00"]]
