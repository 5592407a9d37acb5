"""Rendered sentences that are not used any more leave the disk each hour."""

import os

from usage import tasks


def test_the_task_looks_where_the_clips_lie(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    clips = tmp_path / "clips" / "platform"
    clips.mkdir(parents=True)
    for name in ("needed", "old"):
        (clips / name).write_bytes(b"1")
    os.utime(clips / "old", (0, 0))
    tasks.prune_clips()
    assert [path.name for path in clips.iterdir()] == ["needed"]


def test_the_schedule_has_it(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.prune_clips.name in names
