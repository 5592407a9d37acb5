"""Papers are drawn in a child: any name can stand on one, and a child that fails is no crash."""

import re
from threading import Event, Semaphore, Thread

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
    document = printing.printed(found, "1")
    assert document == printing.printed(found, "1")
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
        printing.printed(sheet([]), "1")
    assert failed.value.reason == reason


@pytest.fixture
def drawing(monkeypatch):
    """Papers that are drawn until the test lets them go: `begin(drawer)` returns once it is so."""
    begun, done, threads = Semaphore(0), Event(), []

    def drawn(_request):
        begun.release()
        assert done.wait(10)
        return b"%PDF"

    def begin(drawer):
        threads.append(Thread(target=printing.printed, args=(sheet([]), drawer)))
        threads[-1].start()
        assert begun.acquire(timeout=10)

    monkeypatch.setattr(printing, "_drawn", drawn)
    yield begin
    done.set()
    for thread in threads:
        thread.join(10)


def test_no_more_are_drawn_at_once_than_there_are_places(monkeypatch, drawing):
    monkeypatch.setattr(printing, "WAIT_SECONDS", 0.01)
    for number in range(printing.AT_ONCE):
        drawing(str(number))
    with pytest.raises(PaperFailed, match="busy"):
        printing.printed(sheet([]), "another")


def test_one_organization_leaves_a_place_to_the_others(monkeypatch, drawing):
    drawing("1")
    monkeypatch.setattr(printing, "WAIT_SECONDS", 0.01)
    with pytest.raises(PaperFailed, match="busy"):
        printing.printed(sheet([]), "1")
    drawing("2")


def test_who_asks_for_many_is_refused_at_once(monkeypatch, drawing):
    drawing("1")
    monkeypatch.setattr(printing, "ASKED_OF_ONE", 1)
    monkeypatch.setattr(printing, "WAIT_SECONDS", 60.0)
    with pytest.raises(PaperFailed, match="busy"):
        printing.printed(sheet([]), "1")


def test_places_are_given_back(monkeypatch):
    monkeypatch.setattr(printing, "_drawn", lambda _request: b"%PDF")
    for _time in range(2 * printing.ASKED_OF_ONE):
        assert printing.printed(sheet([]), "1") == b"%PDF"
    assert not printing._places._asked
