"""Every entry that there is gets its place and its digest, in the order in which it was written.

The digest is made here as it was on the day of this migration (format 1), whatever
`accounts.audit.trail` makes later.
"""

import hashlib
import json
from datetime import UTC
from itertools import groupby

from django.db import migrations

BATCH = 1_000


def chain(apps, schema_editor):
    """Chain the entries of each organization by their id."""
    entries = apps.get_model("accounts", "AuditEntry").objects.order_by("org_id", "pk")
    heads = apps.get_model("accounts", "AuditChain").objects
    rows = entries.select_related("actor").iterator(chunk_size=BATCH)
    batch = []
    for org_id, of_one in groupby(rows, key=lambda entry: entry.org_id):
        sequence, digest = 0, ""
        for sequence, entry in enumerate(of_one, 1):
            entry.sequence = sequence
            entry.actor_name = entry.actor.email if entry.actor else ""
            entry.digest = digest = _digest(digest, entry)
            batch.append(entry)
            if len(batch) == BATCH:
                _write(entries, batch)
        heads.create(chain=org_id, length=sequence, digest=digest)
    _write(entries, batch)


def _write(entries, batch):
    entries.bulk_update(batch, ["sequence", "actor_name", "digest"], batch_size=100)
    batch.clear()


def _digest(previous, entry):
    content = [
        1,
        previous,
        entry.org_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.target,
        entry.impersonation_id,
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def forget(apps, _schema_editor):
    """The heads go; places and digests go with their columns."""
    apps.get_model("accounts", "AuditChain").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_audit_chains")]

    operations = [migrations.RunPython(chain, forget)]
