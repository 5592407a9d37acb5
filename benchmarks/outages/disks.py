"""The disk is full: under SQLite, and where recordings are stored."""

import asyncio
from pathlib import Path
from typing import Final

from agents.versions.samples import HARBOUR_DENTAL
from benchmarks.outages.agents import RECORDED, questions, webhooks
from benchmarks.outages.databases import declined_rows, rows
from benchmarks.outages.scene import Found, NotHere, Scene, calls_under
from testing.services.service import Service, running, running_whole
from testing.services.small_disk import MayNotMount, SmallDisk, small_disk

FULL_SECONDS: Final = 30.0
DATABASE_MEGABYTES: Final = 48
WHOLE_MEGABYTES: Final = 96
RECORDINGS_MEGABYTES: Final = 4


def disk_full_sqlite(directory: Path, seconds: float = FULL_SECONDS) -> list[Found]:
    """One process on SQLite, as `make run` has it, whose disk has no free block."""
    try:
        with small_disk(directory / "disk", DATABASE_MEGABYTES) as disk:
            url = f"sqlite:///{disk.path}/voicex.sqlite3"
            with running(directory, engines="scripted", DATABASE_URL=url) as service:
                here = _scene(service, directory)
                story = calls_under(here, disk.fill, disk.free, seconds=seconds)
                met = asyncio.run(story)
                fault = f"disk full for {seconds:g} s, SQLite"
                # A file of ours is always there: nobody asks it whether it can be written.
                return declined_rows(fault, here, met, is_ready_expected=True)
    except MayNotMount as reason:
        raise NotHere(f"{reason}") from reason


def disk_full_run(directory: Path, seconds: float = FULL_SECONDS) -> list[Found]:
    """All of `make run`, with everything that it writes on a disk that has no free block."""
    try:
        with small_disk(directory / "disk", WHOLE_MEGABYTES) as disk:
            url = f"sqlite:///{disk.path}/voicex.sqlite3"
            settings = {"DATABASE_URL": url, "VAR_DIR": str(disk.path / "var")}
            with running_whole(directory, engines="scripted", **settings) as service:
                here = _scene(service, directory, org=HARBOUR_DENTAL.org_name)
                met = asyncio.run(calls_under(here, disk.fill, disk.free, seconds=seconds))
                fault = f"disk full for {seconds:g} s, all of `make run`"
                # What another process frees is room for a call.
                return declined_rows(fault, here, met, is_ready_expected=True, may_answer=True)
    except MayNotMount as reason:
        raise NotHere(f"{reason}") from reason


def disk_full_recordings(directory: Path, seconds: float = FULL_SECONDS) -> list[Found]:
    """Calls are recorded, and nothing can be stored of them."""
    try:
        with small_disk(directory / "disk", RECORDINGS_MEGABYTES) as disk:
            settings = {"RECORDINGS_DIR": str(disk.path)}
            with running(directory, engines="scripted", **settings) as service:
                here = _scene(service, directory)
                recorded = {**here.webhooks, "": here.webhooks[RECORDED]}
                here = Scene(webhooks=recorded, said=here.said, ask=here.ask, origin=here.origin)
                return _recorded(here, disk, seconds)
    except MayNotMount as reason:
        raise NotHere(f"{reason}") from reason


def _recorded(here: Scene, disk: SmallDisk, seconds: float) -> list[Found]:
    met = asyncio.run(calls_under(here, disk.fill, disk.free, seconds=seconds))
    found = rows(f"disk full for {seconds:g} s, recordings", here, met)
    states = here.ask(_RECORDINGS).strip()
    last = found[-1]
    met_too = f"{last.met}; recordings of all these calls: {states}"
    return [*found[:-1], Found(last.fault, last.calls, last.well, met_too, last.slots)]


def _scene(service: Service, directory: Path, *, org: str = "Acorn Dental") -> Scene:
    webhook = service.bootstrap("scripted", org=org)["webhook_url"]
    made = webhooks(service.shell, webhook)
    said = questions(directory)
    return Scene(webhooks=made, said=said, ask=service.shell, origin=service.origin)


_RECORDINGS: Final = """
from django.db.models import Count
from usage.models import Recording
counted = Recording.objects.order_by().values_list("state").annotate(Count("pk"))
print(", ".join(f"{number} {state}" for state, number in sorted(counted)) or "none")
"""
