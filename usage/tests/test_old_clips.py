"""Rendered sentences that nobody needs any more leave the disk each night."""

import os

from usage import tasks


def test_the_task_looks_where_the_clips_lie(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "clips").mkdir()
    for name in ("needed", "forgotten"):
        (tmp_path / "clips" / name).write_bytes(b"1")
    os.utime(tmp_path / "clips" / "forgotten", (0, 0))
    tasks.prune_clips()
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["needed"]


def test_the_schedule_has_it(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.prune_clips.name in names
