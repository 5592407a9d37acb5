"""Papers are drawn in a child: any name can stand on one, and a child that fails is no crash."""

import re

import pytest

from usage.papers import printing
from usage.papers.drawing import Paper
from usage.papers.sheet import MOST_ROWS, Sheet, Table, sheet_of
from voicex.errors import PaperFailed

NAMES = [
    "Müller & Söhne",
    "Ελλάς Привет",
    "日本語",
    "שלום عربي",
    "😀\u200d🔥",
    "\0\n\x1b[31m",
    "W" * 9_000,
    "",
]


def sheet(rows):
    table = Table("By agent", ("Agent", "Charged"), rows, ("Total", "$1"))
    return Sheet(
        "Statement", "en", 1_700_000_000, NAMES[:2], NAMES, [("Period", name) for name in NAMES],
        [table], [("Net", "$1"), ("Total", "$2")], NAMES,
    )  # fmt: skip


@pytest.mark.slow
def test_a_paper_takes_every_name_and_is_the_same_each_time():
    found = sheet([(name, "$1.00") for name in NAMES * 20])
    document = printing.printed(found)
    assert document == printing.printed(found)
    [pages] = re.findall(rb"/Count (\d+)", document)
    assert 3 <= int(pages) <= 10
    assert b"NotoSans" in document


def test_what_the_font_cannot_write_is_seen_to_be_missing():
    written = Paper(sheet([]))._written
    assert written("Grüße 日本\0\u200b!") == "Grüße \ufffd\ufffd!"


def test_no_table_is_longer_than_a_paper_may_be():
    read = sheet_of(sheet([("a", "b", "c")] * 2_000).as_json())
    assert len(read.tables[0].rows) == MOST_ROWS
    assert read.tables[0].rows[0] == ["a", "b"]


@pytest.mark.parametrize(
    ("command", "reason", "seconds"),
    [("import sys; sys.exit(3)", "crash", 30.0), ("import time; time.sleep(9)", "time", 0.5)],
)
def test_a_child_that_fails_is_told_in_words(monkeypatch, command, reason, seconds):
    monkeypatch.setattr(printing, "_COMMAND", (printing.sys.executable, "-S", "-c", command))
    monkeypatch.setattr(printing, "SECONDS", seconds)
    with pytest.raises(PaperFailed) as failed:
        printing.printed(sheet([]))
    assert failed.value.reason == reason


def test_no_more_are_drawn_at_once_than_there_are_places(monkeypatch):
    monkeypatch.setattr(printing, "WAIT_SECONDS", 0.01)
    for _place in range(printing.AT_ONCE):
        assert printing._places.acquire(blocking=False)
    try:
        with pytest.raises(PaperFailed):
            printing.printed(sheet([]))
    finally:
        for _place in range(printing.AT_ONCE):
            printing._places.release()
