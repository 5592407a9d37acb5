"""Of what a carrier reported of a call, texts that may say anything go with the call's words."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from testing.scene import NOW, Scene
from usage.models import Call
from usage.records.evidence import without_texts

REPORTED = {"status": "completed", "duration_s": 42, "stream_error": "call me", "odd": ["call me"]}
KEPT = {"status": "completed", "duration_s": 42}


def test_what_is_known_stays_and_every_text_goes_whatever_its_name():
    assert without_texts(REPORTED) == KEPT


@pytest.mark.django_db
def test_the_migration_deletes_texts_of_calls_whose_words_are_gone(scene: Scene):
    gone, talking = scene.talks(), scene.talks()
    Call.objects.update(carrier_report=REPORTED)
    Call.objects.filter(pk=gone.pk).update(words_deleted_at=NOW)
    before = MigrationLoader(connection).project_state(("usage", "0013_why_recordings_fail"))
    import_module("usage.migrations.0014_texts_of_carriers").delete_texts(before.apps, None)
    gone.refresh_from_db()
    talking.refresh_from_db()
    assert (gone.carrier_report, talking.carrier_report) == (KEPT, REPORTED)
